#include "core/audit/workload_read.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json.h"
#include "core/inject/select.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

struct Template {
  const json* pod = nullptr;  // an object with metadata and spec
  std::string field;          // below the object
};

Template template_of(const Object& object) {
  switch (object.kind) {
    case Kind::kPod:
      return {&object.value, ""};
    case Kind::kCronJob:
      return {&object_member(object.value, {"spec", "jobTemplate", "spec", "template"}),
              "spec.jobTemplate.spec.template"};
    default:
      return {&object_member(object.value, {"spec", "template"}), "spec.template"};
  }
}

std::vector<EnvVariable> read_env(const json& container, const std::string& field) {
  std::vector<EnvVariable> env;
  std::size_t index = 0;
  for (const json& entry : array_member(container, {"env"})) {
    EnvVariable variable;
    variable.name = string_member(entry, {"name"});
    const json* source = find_member(entry, {"valueFrom"});
    variable.from_source = source != nullptr && !source->is_null();
    if (!variable.from_source) variable.value = string_member(entry, {"value"});
    variable.field = fmt::format("{}.env[{}]", field, index++);
    env.push_back(std::move(variable));
  }
  return env;
}

// Containers that Istio's injector lists as its own.
std::vector<std::string> istio_containers(const std::map<std::string, std::string>& annotations) {
  std::vector<std::string> names;
  const auto status = annotations.find("sidecar.istio.io/status");
  if (status == annotations.end()) return names;
  const json document = json::parse(status->second, nullptr, false);
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& name : array_member(document, {list})) {
      if (name.is_string()) names.push_back(name.get<std::string>());
    }
  }
  return names;
}

void read_containers(const Template& place, Workload& workload) {
  const std::vector<std::string> istio = istio_containers(workload.annotations);
  const auto is_proxy = [&](const std::string& name) {
    return std::count(inject::kProxyContainers.begin(), inject::kProxyContainers.end(), name) != 0 ||
           std::count(istio.begin(), istio.end(), name) != 0;
  };
  for (const char* list : {"initContainers", "containers"}) {
    std::size_t index = 0;
    for (const json& object : array_member(*place.pod, {"spec", list})) {
      Container container;
      container.name = string_member(object, {"name"});
      container.image = string_member(object, {"image"});
      container.field = fmt::format("{}{}spec.{}[{}]", place.field, place.field.empty() ? "" : ".", list, index++);
      container.is_proxy = is_proxy(container.name);
      container.is_init = std::string_view(list) == "initContainers";
      container.env = read_env(object, container.field);
      container.json = &object;
      workload.containers.push_back(std::move(container));
    }
  }
}

// A Pod that an API server has stored; one of a file that is still to be applied has no uid.
bool is_running_pod(const Object& object) {
  return object.kind == Kind::kPod && !string_member(object.value, {"metadata", "uid"}).empty();
}

bool has_ended(const Object& object) {
  const std::string phase = string_member(object.value, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed" ||
         find_member(object.value, {"metadata", "deletionTimestamp"}) != nullptr;
}

const policy::Effective* policy_for(const Workload& workload, const Object* ns, const policy::Index& policies) {
  const auto opts_out = workload.labels.find(policy::kInjectLabel);
  if (opts_out != workload.labels.end() && opts_out->second == "false") return nullptr;
  if (ns != nullptr && ns->label(policy::kInjectLabel) == "false") return nullptr;
  const policy::Labels labels(workload.labels.begin(), workload.labels.end());
  return policies.find(workload.ns, labels).effective;
}

}  // namespace

std::map<std::string, std::string> strings_of(const json& object) {
  std::map<std::string, std::string> map;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) map.emplace(key, value.get_ref<const std::string&>());
  }
  return map;
}

std::optional<Workload> read_workload(const Object& object, const Snapshot& snapshot, const policy::Index& policies) {
  if (!kWorkloadKinds.has(object.kind) || has_ended(object)) return std::nullopt;
  const Template place = template_of(object);
  const Object* ns = snapshot.find(Kind::kNamespace, "", object.ref.ns);
  const bool is_running = is_running_pod(object);
  Workload workload;
  workload.object = &object;
  workload.ns = object.ref.ns;
  workload.name = owner_of(object, snapshot).name;
  workload.template_field = place.field;
  workload.labels = strings_of(object_member(*place.pod, {"metadata", "labels"}));
  workload.annotations = strings_of(object_member(*place.pod, {"metadata", "annotations"}));
  const json* host_network = find_member(*place.pod, {"spec", "hostNetwork"});
  workload.host_network = host_network != nullptr && *host_network == true;
  read_containers(place, workload);
  for (Container& container : workload.containers) container.language = language_of(container, workload.annotations);
  workload.mesh = mesh_mode_of(workload, ns, is_running);
  workload.is_gateway = is_gateway_proxy(workload);
  workload.policy = policy_for(workload, ns, policies);
  if (is_running) {
    workload.pods = 1;
    workload.members = {&object};
  } else {
    add_policy_variables(*place.pod, workload);
  }
  return workload;
}

const EnvVariable* Container::find(std::string_view variable) const {
  const auto found =
      std::find_if(env.rbegin(), env.rend(), [&](const EnvVariable& entry) { return entry.name == variable; });
  return found == env.rend() ? nullptr : &*found;
}

std::string Container::value(std::string_view variable) const {
  const EnvVariable* entry = find(variable);
  return entry == nullptr ? std::string() : entry->value.value_or("");
}

}  // namespace meshtrace::audit
