#include "core/audit/checks/marks.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/policy/policy.h"

namespace meshtrace::audit {
namespace {

using policy::TracingPolicy;

// The moment since which pods like this are injected: the first of its policies that asks for it. Nothing where that
// one has no time (it comes from a file).
std::optional<std::string> in_force_since(const Model& model, const Workload& pods) {
  const policy::Labels labels(pods.labels.begin(), pods.labels.end());
  std::optional<std::string> since;
  for (const std::string& ns : {model.policies.root_namespace(), pods.ns}) {
    for (const TracingPolicy* policy : model.policies.claimants(ns, labels)) {
      const bool injects = policy->spec.contains("workload") || policy->spec.contains("sampling");
      if (!injects || policy->mode != policy::Mode::kEnforce || policy->creation_timestamp.empty()) continue;
      // RFC 3339 in UTC: the order of the texts is the order of time.
      if (!since || policy->creation_timestamp < *since) since = policy->creation_timestamp;
    }
  }
  return since;
}

}  // namespace

MarkState mark_state(const Model& model, const Workload& pods, const Object& pod) {
  if (pods.policy == nullptr || pods.annotations.contains("kubernetes.io/config.mirror")) return MarkState::kNotCovered;
  const std::string mark = pod.annotation(policy::kMarkAnnotation);
  if (!mark.empty()) return mark == pods.policy->injection.hash ? MarkState::kCurrent : MarkState::kOther;
  const auto since = in_force_since(model, pods);
  const std::string created = string_member(pod.value, {"metadata", "creationTimestamp"});
  if (!since || created.empty()) return MarkState::kNotKnown;
  return created > *since ? MarkState::kMissed : MarkState::kOlder;
}

int count_in(const Model& model, const Workload& pods, MarkState one, MarkState other) {
  return static_cast<int>(std::count_if(pods.members.begin(), pods.members.end(), [&](const Object* pod) {
    const MarkState state = mark_state(model, pods, *pod);
    return state == one || state == other;
  }));
}

std::string make_anew(const Object& owner) {
  switch (owner.kind) {
    case Kind::kDeployment:
    case Kind::kStatefulSet:
    case Kind::kDaemonSet:
      return restart_command(owner.ref);
    case Kind::kPod:
      return fmt::format("Delete {}, so that its owner makes it anew, or create it anew yourself.", owner.ref.title());
    default:
      return fmt::format("Delete the pods of {}, so that it makes them anew.", owner.ref.title());
  }
}

std::string pods_text(int count) { return fmt::format("{} pod{}", count, count == 1 ? "" : "s"); }

}  // namespace meshtrace::audit
