// The injection decision: a pod as JSON and its effective policy in, a minimal JSON patch (RFC 6902) out.
// Reads no clock and asks nobody; the same input gives the same bytes. docs/injection.md has the rules.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/policy/effective.h"

namespace meshtrace::inject {

// The controller of a pod template, where the caller knows it (the command line reads the Deployment itself).
struct Owner {
  std::string_view kind;  // Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, ReplicationController
  std::string_view name;  // may be empty (generateName)
};

struct Options {
  // JSON pointer of the pod inside the patched object: "" for a Pod, "/spec/template" for a Deployment.
  std::string_view base;
  // Set for templates; otherwise the pod's own ownerReferences say it.
  Owner owner;
  // Whether the annotation meshtrace.io/injected is set. The webhook sets it, the command line never does.
  enum class Mark { kOmit, kSet } mark = Mark::kOmit;
};

enum class Outcome {
  kInjected,       // at least one variable was added or changed
  kUnchanged,      // selected, but everything was there already
  kProxy,          // a proxy's own container
  kNotSelected,    // left out by the policy's globs
  kInitContainer,  // a plain init container that no include names exactly
};

struct ContainerOutcome {
  std::string_view name;  // points into the pod
  Outcome outcome;
  std::vector<std::string_view> set;  // variables that were added or changed, in order; point likewise
  std::vector<std::string> kept;      // "OTEL_PROPAGATORS: set by the container", …: left as they are, and why
};

struct Injection {
  std::string patch;                  // a JSON array; empty when nothing is to be done
  std::vector<std::string> warnings;  // for AdmissionResponse.warnings; names of variables, never their values
  std::vector<ContainerOutcome> containers;
  bool opted_out = false;  // label meshtrace.io/inject: "false" on the pod
};

// `pod` is a Pod or a pod template (an object with metadata and spec). An error names the field that is not what the
// Kubernetes API has there; nothing of that pod is patched then.
Result<Injection> inject(simdjson::dom::element pod, const policy::InjectionSettings& settings, const Options& options);

}  // namespace meshtrace::inject
