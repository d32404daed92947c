#include "core/inject/identity.h"

namespace meshtrace::inject {
namespace {

constexpr std::array<DownwardVariable, kDownwardCount> kVariables{{
    {"K8S_POD_NAME", "MESHTRACE_K8S_POD_NAME", "metadata.name"},
    {"K8S_NODE_NAME", "MESHTRACE_K8S_NODE_NAME", "spec.nodeName"},
    {"K8S_NAMESPACE", "MESHTRACE_K8S_NAMESPACE", "metadata.namespace"},
    {"K8S_POD_UID", "MESHTRACE_K8S_POD_UID", "metadata.uid"},
    {"K8S_POD_IP", "MESHTRACE_K8S_POD_IP", "status.podIP"},
    {"K8S_NODE_IP", "MESHTRACE_K8S_NODE_IP", "status.hostIP"},
}};

bool reads_field(const EnvEntry& entry, std::string_view field_path) {
  if (!entry.value_from) return false;
  std::string_view path;
  if ((*entry.value_from)["fieldRef"]["fieldPath"].get(path) != simdjson::SUCCESS || path != field_path) return false;
  std::string_view api_version;
  return (*entry.value_from)["fieldRef"]["apiVersion"].get(api_version) != simdjson::SUCCESS || api_version == "v1";
}

}  // namespace

const DownwardVariable& downward(Downward which) { return kVariables[static_cast<std::size_t>(which)]; }

std::optional<Downward> downward_named(std::string_view name) {
  for (std::size_t i = 0; i < kVariables.size(); ++i) {
    if (kVariables[i].name == name) return static_cast<Downward>(i);
  }
  return std::nullopt;
}

void Identity::want(Downward which) {
  const std::string_view name = downward(which).name;
  if (environment_.is_taken(name)) return environment_.note_kept(name);
  wanted_[static_cast<std::size_t>(which)] = true;
}

std::optional<std::string_view> Identity::refer(Downward which, std::size_t position) {
  const DownwardVariable& variable = downward(which);
  const auto usable = [&](std::string_view name) {
    const EnvEntry* entry = environment_.find(name);
    return entry && entry->index < position && environment_.is_unique(name) && reads_field(*entry, variable.field_path);
  };
  const auto index = static_cast<std::size_t>(which);
  if (wanted_[index] || usable(variable.name)) return variable.name;
  if (!environment_.find(variable.private_name)) {
    private_wanted_[index] = true;
    return variable.private_name;
  }
  if (usable(variable.private_name)) return variable.private_name;
  return std::nullopt;
}

void Identity::apply() {
  for (std::size_t i = 0; i < kDownwardCount; ++i) {
    if (wanted_[i]) environment_.prepend_field(kVariables[i].name, kVariables[i].field_path);
  }
  for (std::size_t i = 0; i < kDownwardCount; ++i) {
    if (private_wanted_[i]) environment_.prepend_field(kVariables[i].private_name, kVariables[i].field_path);
  }
}

}  // namespace meshtrace::inject
