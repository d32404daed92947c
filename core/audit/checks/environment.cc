#include "core/audit/checks/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kPolicyFields{{
    {"OTEL_PROPAGATORS", "workload.propagators"},
    {"OTEL_TRACES_SAMPLER", "sampling.owner"},
    {"OTEL_TRACES_SAMPLER_ARG", "sampling.percentage"},
    {"OTEL_BSP_MAX_QUEUE_SIZE", "workload.batchSpanProcessor.maxQueueSize"},
    {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "workload.batchSpanProcessor.maxExportBatchSize"},
    {"OTEL_BSP_SCHEDULE_DELAY", "workload.batchSpanProcessor.scheduleDelay"},
    {"OTEL_BSP_EXPORT_TIMEOUT", "workload.batchSpanProcessor.exportTimeout"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT", "workload.exporter.endpoint"},
    {"OTEL_EXPORTER_OTLP_PROTOCOL", "workload.exporter.protocol"},
    {"OTEL_SDK_DISABLED", "workload.sdkDisabled"},
}};

// Sources of one container's envFrom that are read; a list that somebody made longer to keep others busy counts as not
// known beyond it.
constexpr std::size_t kMaxSources = 32;

// Calls visit(ConfigMap, prefix) for each source that can be read, in their order. False where there are others.
template <class Visit>
bool for_each_source(const Model& model, const Workload& workload, const Container& container, Visit visit) {
  const json& sources = array_member(*container.json, {"envFrom"});
  bool complete = sources.size() <= kMaxSources;
  for (std::size_t i = 0; i < std::min(sources.size(), kMaxSources); ++i) {
    const std::string name = string_member(sources[i], {"configMapRef", "name"});
    const Object* config_map = model.snapshot.find(Kind::kConfigMap, workload.ns, name);
    complete = complete && config_map != nullptr;
    if (config_map != nullptr) visit(*config_map, string_member(sources[i], {"prefix"}));
  }
  return complete;
}

// The operations that set one variable; `has_env` says whether an earlier one has made the list.
void append_operations(const Workload& workload, const Container& container, const NewValue& wanted, bool& has_env,
                       std::vector<json>& operations) {
  const json entry{{"name", wanted.name}, {"value", wanted.value}};
  const EnvVariable* own = nullptr;
  for (const EnvVariable& variable : container.env) {
    if (variable.name == wanted.name && !variable.by_policy) own = &variable;
  }
  std::vector<json> more;
  if (own != nullptr) {
    more = own->from_source ? replace_field(*workload.object, own->field, entry)
                            : replace_field(*workload.object, own->field + ".value", wanted.value);
  } else if (has_env) {
    more = {{{"op", "add"}, {"path", pointer_of(container.field) + "/env/-"}, {"value", entry}}};
  } else {
    more = add_field(*workload.object, container.field + ".env", json::array({entry}));
    has_env = true;
  }
  operations.insert(operations.end(), more.begin(), more.end());
}

}  // namespace

std::vector<const Container*> sdk_containers(const Workload& workload) {
  std::vector<const Container*> containers;
  for (const Container& container : workload.containers) {
    const bool ends = container.is_init && string_member(*container.json, {"restartPolicy"}) != "Always";
    if (!container.is_proxy && !ends) containers.push_back(&container);
  }
  return containers;
}

EnvFromKeys env_from_keys(const Model& model, const Workload& workload, const Container& container) {
  EnvFromKeys keys;
  keys.complete = for_each_source(model, workload, container, [&](const Object& config_map, const std::string& prefix) {
    keys.sources.push_back(&config_map);
    for (const auto& [key, value] : object_member(config_map.value, {"data"}).items()) {
      keys.config_maps[prefix + key] = &config_map;
      keys.values[prefix + key] = value.is_string() ? value.get<std::string>() : "";
    }
  });
  return keys;
}

Lookup look_up(const Model& model, const Workload& workload, const Container& container, std::string_view variable) {
  if (const EnvVariable* entry = container.find(variable)) return {!entry->from_source, entry->value};
  Lookup found;
  found.known = for_each_source(model, workload, container, [&](const Object& config_map, const std::string& prefix) {
    if (!variable.starts_with(prefix)) return;
    const std::string key(variable.substr(prefix.size()));
    const json* value = find_member(config_map.value, {"data", key.c_str()});
    if (value != nullptr && value->is_string()) found.value = value->get<std::string>();
  });
  found.known = found.known || found.value.has_value();
  return found;
}

bool has_variable(const Model& model, const Workload& workload, const Container& container, std::string_view prefix) {
  bool found = std::any_of(container.env.begin(), container.env.end(),
                           [&](const EnvVariable& entry) { return std::string_view(entry.name).starts_with(prefix); });
  if (found) return true;
  for_each_source(model, workload, container, [&](const Object& config_map, const std::string& added) {
    for (const auto& [key, value] : object_member(config_map.value, {"data"}).items()) {
      found = found || (added + key).starts_with(prefix);
    }
  });
  return found;
}

std::string_view policy_field_of(std::string_view variable) {
  const auto found = std::find_if(kPolicyFields.begin(), kPolicyFields.end(),
                                  [&](const auto& field) { return field.first == variable; });
  return found == kPolicyFields.end() ? std::string_view() : found->second;
}

const Object* origin_of(const Model& model, const policy::Effective& effective, std::string_view field) {
  const auto origin = effective.origins.find(std::string(field));
  if (origin == effective.origins.end() || origin->second.level == policy::Level::kDefault) return nullptr;
  return model.snapshot.find(Kind::kTracingPolicy, origin->second.ns, origin->second.name);
}

std::optional<Setting> setting_of(const Model& model, const Workload& workload, const Container& container,
                                  std::string_view variable) {
  const EnvVariable* entry = container.find(variable);
  if (entry == nullptr) return std::nullopt;
  if (!entry->by_policy) return Setting{entry, workload.object, entry->field + ".value", in_container(container)};
  const std::string_view field = policy_field_of(variable);
  const Object* policy = workload.policy == nullptr ? nullptr : origin_of(model, *workload.policy, field);
  if (policy == nullptr) return std::nullopt;
  return Setting{entry, policy, fmt::format("spec.{}", field), "containers that this policy covers"};
}

std::string patch_template(const Workload& workload, const std::vector<json>& operations, const std::string& words) {
  if (workload.object->kind != Kind::kJob && !workload.is_running()) return patch_command(*workload.object, operations);
  return fmt::format("{} Kubernetes lets nobody change it in place: delete {} and create it anew.", words,
                     workload.object->ref.title());
}

std::string set_variables(const Workload& workload, const Container& container, const std::vector<NewValue>& values) {
  std::vector<json> operations;
  std::string words = fmt::format("In {}, set", in_container(container));
  bool has_env = !array_member(*container.json, {"env"}).empty();
  for (const NewValue& wanted : values) {
    append_operations(workload, container, wanted, has_env, operations);
    words += fmt::format(" {}={}", wanted.name, wanted.value);
  }
  return patch_template(workload, operations, words + ".");
}

std::string change(const Workload& workload, const Container& container, const Setting& setting,
                   const std::string& variable_value, const json& policy_value) {
  if (setting.variable->by_policy) {
    return patch_command(*setting.object, replace_field(*setting.object, setting.field, policy_value));
  }
  return set_variables(workload, container, {{setting.variable->name, variable_value}});
}

std::string in_container(const Container& container) { return "container " + policy::in_quotes(container.name); }

std::vector<std::string> split_list(std::string_view list, std::string_view separators) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(separators), list.size());
    std::string_view part = list.substr(0, end);
    part.remove_prefix(std::min(part.find_first_not_of(kBlanks), part.size()));
    part = part.substr(0, part.find_last_not_of(kBlanks) + 1);
    if (!part.empty()) parts.emplace_back(part);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

std::optional<int> positive_number(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

}  // namespace meshtrace::audit
