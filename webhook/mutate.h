// /mutate: the answer to an AdmissionReview of a pod. A decision from values to a value; metrics and logs are the
// caller's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/policy/index.h"
#include "webhook/admission_review.h"

namespace meshtrace::webhook {

// Why no variable was added to a pod.
enum class SkipReason {
  kNotPodCreation,          // another resource or operation: the webhook configuration asks for too much
  kExcludedNamespace,       // kube-system, the mesh's root namespace and the like
  kNoPolicy,                // no policy claims the pod
  kPolicyWithoutInjection,  // the policies that do say nothing of workload or sampling
  kOptedOut,                // label meshtrace.io/inject: "false"
  kNothingToAdd,            // everything was there already; the pod may still get its mark
  kUnreadablePod,           // not what the Kubernetes API calls a pod
};
inline constexpr std::size_t kSkipReasons = 7;
// As a metric's label: "not_pod_creation".
std::string_view name_of(SkipReason reason);

struct Mutation {
  std::string patch;  // empty: none
  std::vector<std::string> warnings;
  std::optional<SkipReason> skipped;  // nothing exactly when some container got a variable
};

Mutation mutate(const AdmissionReview& review, const policy::Index& policies);

// The pod's name, or its generateName, which is all that many have at admission.
std::string_view pod_name(const AdmissionReview& review);

}  // namespace meshtrace::webhook
