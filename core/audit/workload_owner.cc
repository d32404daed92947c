#include "core/audit/workload_read.h"
#include "core/base/json.h"
#include "core/inject/pod.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

struct Reference {
  std::string api_version;
  std::string kind;
  std::string name;
};

Reference controller_of(const json& object) {
  for (const json& reference : array_member(object, {"metadata", "ownerReferences"})) {
    const json* is_controller = find_member(reference, {"controller"});
    if (is_controller == nullptr || *is_controller != true) continue;
    return {string_member(reference, {"apiVersion"}), string_member(reference, {"kind"}),
            string_member(reference, {"name"})};
  }
  return {};
}

const Object* find(const Snapshot& snapshot, const Reference& reference, const std::string& ns) {
  const auto kind = find_kind(reference.api_version, reference.kind);
  return kind && kWorkloadKinds.has(*kind) ? snapshot.find(*kind, ns, reference.name) : nullptr;
}

// The Deployment of a ReplicaSet and the CronJob of a Job, by their names.
Reference above(const Reference& controller, const std::string& pod_template_hash) {
  const inject::Workload known = inject::workload_of({controller.kind, controller.name}, pod_template_hash);
  if (!known.deployment.empty()) return {"apps/v1", "Deployment", std::string(known.deployment)};
  if (!known.cronjob.empty()) return {"batch/v1", "CronJob", std::string(known.cronjob)};
  return controller;
}

}  // namespace

WorkloadOwner owner_of(const Object& object, const Snapshot& snapshot) {
  const Reference controller = controller_of(object.value);
  if (controller.name.empty()) return {object.ref.name, nullptr};
  const Object* direct = find(snapshot, controller, object.ref.ns);
  // The owner's own reference says more than its name does.
  Reference top = direct == nullptr ? Reference() : controller_of(direct->value);
  if (top.name.empty()) top = above(controller, object.label("pod-template-hash"));
  const Object* highest = find(snapshot, top, object.ref.ns);
  return {top.name, highest != nullptr ? highest : direct};
}

}  // namespace meshtrace::audit
