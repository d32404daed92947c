#include "controller/mesh_manager.h"

#include <algorithm>
#include <string_view>

#include "kube/json.h"
#include "kube/managed_fields.h"
#include "kube/reply.h"

namespace meshtrace::controller {
namespace {

using mesh::MeshManager;
using nlohmann::json;

constexpr std::size_t kMaxNameBytes = 253;  // of an object; annotations may hold more

const json& child(const json& object, std::string_view key) {
  static const json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() ? *found : none;
}

// "IstioRevision default", or an empty text where Sail has not installed this.
std::string sail_owner(const json& metadata) {
  const json& references = child(metadata, "ownerReferences");
  if (!references.is_array()) return "";
  for (const json& reference : references) {
    const std::string kind = kube::string_or_empty(reference, "kind");
    if ((kind == "IstioRevision" || kind == "Istio") &&
        kube::string_or_empty(reference, "apiVersion").starts_with("sailoperator.io/")) {
      return kind + " " + kube::printable(kube::string_or_empty(reference, "name"), kMaxNameBytes);
    }
  }
  return "";
}

bool writes_mesh(const json& config_map, std::string_view manager) {
  const auto owners = kube::owners_of(config_map, {"data", "mesh"});
  return std::any_of(owners.begin(), owners.end(),
                     [&](const kube::FieldOwner& owner) { return owner.manager == manager; });
}

bool by_istioctl(const json& config_map) {
  const json& labels = child(child(config_map, "metadata"), "labels");
  return labels.contains("operator.istio.io/managed") || labels.contains("install.operator.istio.io/owning-resource") ||
         writes_mesh(config_map, "istio-operator");
}

}  // namespace

MeshManagement find_mesh_manager(const json& config_map) {
  const json& metadata = child(config_map, "metadata");
  if (std::string owner = sail_owner(metadata); !owner.empty()) return {MeshManager::kSail, std::move(owner)};
  // Helm before istioctl: the chart puts istioctl's labels on what Helm installs, too.
  const std::string release = kube::string_or_empty(child(metadata, "annotations"), "meta.helm.sh/release-name");
  if (!release.empty()) return {MeshManager::kHelm, "Helm release " + kube::printable(release, kMaxNameBytes)};
  if (writes_mesh(config_map, "helm")) return {MeshManager::kHelm, "Helm"};
  if (by_istioctl(config_map)) return {MeshManager::kIstioctl, "istioctl"};
  return {};
}

}  // namespace meshtrace::controller
