// What checks of groups 03, 04, 07 and 10 ask about a container's variables: which ones hold, who states them, and how
// they are set otherwise. Judges nothing.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/model.h"

namespace meshtrace::audit {

// What the records of workloads are made of.
inline const Kinds kWorkloadInputs = kWorkloadKinds | Kinds{Kind::kNamespace, Kind::kTracingPolicy};

// Containers that an application with an SDK may run in: no proxy, and no init container that ends.
std::vector<const Container*> sdk_containers(const Workload& workload);

// Keys that envFrom brings, with the ConfigMap that has them, the last one of a name as at run time. Secrets are never
// read.
struct EnvFromKeys {
  std::vector<const Object*> sources;                // ConfigMaps, in their order
  std::map<std::string, const Object*> config_maps;  // by variable, its prefix included
  std::map<std::string, std::string> values;
  bool complete = true;  // false: a source is a Secret, or not known
};
EnvFromKeys env_from_keys(const Model& model, const Workload& workload, const Container& container);

// A variable at run time: env over envFrom.
struct Lookup {
  bool known = true;                 // false: a source that nobody can read has it, or may have it
  std::optional<std::string> value;  // absent: not set
};
Lookup look_up(const Model& model, const Workload& workload, const Container& container, std::string_view variable);

// Whether the container has any variable whose name begins so, as far as is known.
bool has_variable(const Model& model, const Workload& workload, const Container& container, std::string_view prefix);

// Who states a variable, and where a person edits it: the container's own entry, or the field of the policy that brings
// it.
struct Setting {
  const EnvVariable* variable = nullptr;
  const Object* object = nullptr;
  std::string field;
  std::string who;  // `container "app"`, "containers that this policy covers"
};
// Nothing where it is not set in `env`, or by a default that no policy states.
std::optional<Setting> setting_of(const Model& model, const Workload& workload, const Container& container,
                                  std::string_view variable);

// The field of a policy that brings a variable; empty for none.
std::string_view policy_field_of(std::string_view variable);

// Another value for variables of one container of an object, as a command; in words where Kubernetes lets nobody edit
// the object (a running Pod, a Job).
struct NewValue {
  std::string name;
  std::string value;
};
std::string set_variables(const Workload& workload, const Container& container, const std::vector<NewValue>& values);

// Another value where the setting stands: the container's variable, or the policy's field.
std::string change(const Workload& workload, const Container& container, const Setting& setting,
                   const std::string& variable_value, const nlohmann::json& policy_value);

// An edit of a template by a patch; in words where Kubernetes lets nobody edit the object.
std::string patch_template(const Workload& workload, const std::vector<nlohmann::json>& operations,
                           const std::string& words);

// `container "app"`.
std::string in_container(const Container& container);

// What the policy's Effective has as the origin of a field below spec; null where no policy that is there states it.
const Object* origin_of(const Model& model, const policy::Effective& effective, std::string_view field);

// "a, b ,c" as its parts without blanks around them; empty ones are left out.
std::vector<std::string> split_list(std::string_view list, std::string_view separators = ",");

// A whole number over 0.
std::optional<int> positive_number(const std::string& text);

}  // namespace meshtrace::audit
