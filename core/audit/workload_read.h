// The parts of read_workload() (workloads.h): how a pod takes part in a mesh, what its containers are written in, who
// its owner is, and what a policy will add to a template's containers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/audit/workloads.h"

namespace meshtrace::audit {

// The members of an object that are strings: labels, annotations, matchLabels.
std::map<std::string, std::string> strings_of(const nlohmann::json& object);

// Of a record whose labels, annotations and containers are read. `namespace_object` is null where it is not known.
MeshMode mesh_mode_of(const Workload& workload, const Object* namespace_object, bool is_running);
bool is_gateway_proxy(const Workload& workload);

// kUnknown unless command, image, variables or an injector's annotation say it, and agree.
Language language_of(const Container& container, const std::map<std::string, std::string>& pod_annotations);

// Who made the pod, by its ownerReferences: the name that people know it by ("checkout" of checkout-5d9c-x7k2p), and
// the object to edit, null where it is not there.
struct WorkloadOwner {
  std::string name;
  const Object* object = nullptr;
};
WorkloadOwner owner_of(const Object& object, const Snapshot& snapshot);

// Adds what the policy that covers the template will inject. `pod` is its object with metadata and spec.
void add_policy_variables(const nlohmann::json& pod, Workload& workload);

}  // namespace meshtrace::audit
