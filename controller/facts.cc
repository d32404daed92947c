#include "controller/facts.h"

#include <utility>

#include "controller/mesh_manager.h"
#include "kube/json.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

std::vector<mesh::MeshConfigMap> config_maps(const std::map<kube::ObjectKey, ObjectPointer>& objects) {
  std::vector<mesh::MeshConfigMap> result;
  for (const auto& [key, object] : objects) {
    const MeshManagement management = find_mesh_manager(*object);
    mesh::MeshConfigMap config_map;
    config_map.name = key.name;
    config_map.manager = management.manager;
    config_map.managed_by = management.managed_by;
    const json& data = object->at("data");
    if (const auto text = data.find("mesh"); text != data.end() && text->is_string()) {
      config_map.text = text->get<std::string>();
    }
    result.push_back(std::move(config_map));
  }
  return result;
}

std::vector<json> copies(const std::map<kube::ObjectKey, ObjectPointer>& objects) {
  std::vector<json> result;
  result.reserve(objects.size());
  for (const auto& [key, object] : objects) result.push_back(*object);
  return result;
}

// A policy that became invalid is out of force, and what it had written is taken back as if it went.
bool goes(const StoredPolicy& stored) { return (stored.deleting() || !stored.policy) && stored.has_finalizer(); }

}  // namespace

mesh::Facts make_facts(const Snapshot& snapshot, const Surroundings& surroundings) {
  mesh::Facts facts;
  facts.root_namespace = surroundings.root_namespace;
  facts.mesh_config_writes = surroundings.mesh_config_writes;
  facts.istiod = surroundings.istiod;
  facts.proxy = surroundings.proxy;
  facts.missing_kinds = snapshot.missing_kinds;
  facts.ambient_namespaces = surroundings.ambient_namespaces;
  facts.overlaps = surroundings.overlaps;
  facts.services = surroundings.services;
  for (const auto& [kind, objects] : snapshot.objects) {
    if (kind == Kind::kConfigMap) facts.config_maps = config_maps(objects);
    if (kind == Kind::kTelemetry) facts.telemetries = copies(objects);
    if (kind == Kind::kEnvoyFilter) facts.envoy_filters = copies(objects);
  }
  for (const auto& [key, stored] : snapshot.policies) {
    const mesh::PolicyKey policy{key.ns, key.name};
    if (!stored->targets.empty()) facts.recorded.emplace(policy, stored->targets);
    if (goes(*stored)) facts.deleting.insert(policy);
  }
  return facts;
}

std::vector<policy::TracingPolicy> policies_in_force(const Snapshot& snapshot) {
  std::vector<policy::TracingPolicy> policies;
  for (const auto& [key, stored] : snapshot.policies) {
    if (stored->policy && !stored->deleting()) policies.push_back(*stored->policy);
  }
  return policies;
}

}  // namespace meshtrace::controller
