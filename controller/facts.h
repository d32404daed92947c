// From what the controller knows of the cluster to what core/mesh decides from. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/cache.h"
#include "core/mesh/facts.h"
#include "core/policy/policy.h"

namespace meshtrace::controller {

// What is known beside the watched objects.
struct Surroundings {
  std::string root_namespace = policy::kDefaultRootNamespace;
  mesh::MeshConfigWrites mesh_config_writes = mesh::MeshConfigWrites::kAuto;
  std::optional<mesh::Version> istiod;
  std::optional<mesh::Version> proxy;
  std::map<std::string, bool> services;  // "namespace/name" and whether it exists
  std::set<std::string> ambient_namespaces;
  std::map<mesh::PolicyKey, std::string> overlaps;
};

// The plan's input.
mesh::Facts make_facts(const Snapshot& snapshot, const Surroundings& surroundings);

// The policies that take part in the merge: valid and not being deleted.
std::vector<policy::TracingPolicy> policies_in_force(const Snapshot& snapshot);

}  // namespace meshtrace::controller
