// What one workload gets, and where it gets nothing, why. The rules are core's; this is the way to them from a file.
#pragma once

#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/objects.h"
#include "cli/scope.h"
#include "cli/workload.h"
#include "core/base/result.h"
#include "core/inject/inject.h"
#include "core/policy/index.h"

namespace meshtrace::cli {

struct Decision {
  std::string ns;
  policy::Coverage coverage;
  std::string skipped;                         // why the pod is left alone; empty where `injection` says what it gets
  std::optional<inject::Injection> injection;  // its patch is for the whole document that the object is in
};

// Decides one workload after the other. Not for several threads: it reuses its JSON parser.
class Decider {
 public:
  // Both must outlive the decider.
  Decider(const Scope& scope, const policy::Index& index) : scope_(scope), index_(index) {}

  // The result's views hold until the next call. An error is at the "file:LINE" of the field that is wrong.
  Result<Decision> decide(const Object& object, const WorkloadKind& kind);

 private:
  const Scope& scope_;
  const policy::Index& index_;
  simdjson::dom::parser parser_;
};

// The labels of the object's pod or template, as the index looks them up.
policy::Labels pod_labels(const Object& object, const WorkloadKind& kind);

}  // namespace meshtrace::cli
