// Objects as the API server has them, for tests of the controller.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/mesh/plan.h"
#include "core/policy/policy.h"
#include "kube/reflector.h"

namespace meshtrace::controller {

inline constexpr const char* kRoot = "istio-system";

inline nlohmann::json object(const char* api_version, const char* kind, const std::string& ns, const std::string& name,
                             int version) {
  return {{"apiVersion", api_version},
          {"kind", kind},
          {"metadata",
           {{"namespace", ns},
            {"name", name},
            {"uid", "uid-" + name},
            {"generation", 1},
            {"creationTimestamp", "2026-11-21T10:00:00Z"},
            {"resourceVersion", std::to_string(version)}}}};
}

inline nlohmann::json stored_policy(const std::string& ns, const std::string& name, nlohmann::json spec,
                                    int version = 1) {
  auto result = object(policy::kApiVersion, policy::kKind, ns, name, version);
  result["spec"] = std::move(spec);
  return result;
}

inline nlohmann::json config_map(const std::string& text, int version = 1) {
  auto result = object("v1", "ConfigMap", kRoot, "istio", version);
  result["data"] = {{"mesh", text}, {"meshNetworks", "networks: {}"}};
  return result;
}

inline nlohmann::json envoy_filter(const std::string& ns, const std::string& name, nlohmann::json spec,
                                   int version = 1) {
  auto result = object("networking.istio.io/v1alpha3", "EnvoyFilter", ns, name, version);
  result["metadata"]["labels"][mesh::kManagedByLabel] = mesh::kManagedByValue;
  result["spec"] = std::move(spec);
  return result;
}

inline kube::Change replaced(std::vector<nlohmann::json> objects) {
  return {kube::Change::Kind::kReplace, std::move(objects)};
}
inline kube::Change upserted(nlohmann::json one) { return {kube::Change::Kind::kUpsert, {std::move(one)}}; }
inline kube::Change deleted(nlohmann::json one) { return {kube::Change::Kind::kDelete, {std::move(one)}}; }

}  // namespace meshtrace::controller
