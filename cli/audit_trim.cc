#include "cli/audit_trim.h"

#include <initializer_list>
#include <string>

#include "core/base/json.h"
#include "kube/reflector.h"

namespace meshtrace::cli {
namespace {

using audit::Kind;
using nlohmann::json;

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

json* member(json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? nullptr : &*found;
}

void erase(json& object, std::initializer_list<const char*> keys) {
  if (!object.is_object()) return;
  for (const char* key : keys) object.erase(key);
}

void trim_pod(json& pod) {
  const std::string phase = string_member(pod, {"status", "phase"});
  pod["status"] = {{"phase", phase}};
  json* spec = member(pod, "spec");
  if (spec == nullptr) return;
  erase(*spec, {"volumes", "tolerations", "affinity", "topologySpreadConstraints", "nodeSelector", "imagePullSecrets"});
  for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
    json* containers = member(*spec, list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (json& container : *containers) {
      erase(container, {"volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe",
                        "terminationMessagePath", "terminationMessagePolicy", "securityContext"});
    }
  }
}

bool is_owned_by(const json& object, std::string_view owner) {
  for (const json& reference : array_member(object, {"metadata", "ownerReferences"})) {
    const json* controller = find_member(reference, {"controller"});
    if (controller != nullptr && *controller == true && string_member(reference, {"kind"}) == owner) return true;
  }
  return false;
}

}  // namespace

void trim_for_audit(Kind kind, json& object) {
  kube::drop_managed_fields(object);
  if (json* metadata = member(object, "metadata")) {
    if (json* annotations = member(*metadata, "annotations")) erase(*annotations, {kLastApplied});
  }
  if (kind == Kind::kPod) trim_pod(object);
}

bool is_redundant(Kind kind, const json& object) {
  if (kind == Kind::kReplicaSet) return is_owned_by(object, "Deployment");
  if (kind == Kind::kJob) return is_owned_by(object, "CronJob");
  const std::string phase = kind == Kind::kPod ? string_member(object, {"status", "phase"}) : "";
  return phase == "Succeeded" || phase == "Failed";
}

std::size_t weight(const json& value) {
  constexpr std::size_t kMapNode = 64;  // of a std::map, besides its key and value
  std::size_t bytes = sizeof(json);
  if (value.is_string()) bytes += sizeof(std::string) + value.get_ref<const std::string&>().size();
  if (value.is_array()) {
    for (const json& item : value) bytes += weight(item);
  }
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) bytes += kMapNode + key.size() + weight(item);
  }
  return bytes;
}

}  // namespace meshtrace::cli
