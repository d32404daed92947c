#include "core/mesh/telemetries.h"

#include <tuple>
#include <utility>

#include "core/mesh/document.h"
#include "core/mesh/shape.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

std::map<std::string, std::string> selector_of(const json& spec) {
  std::map<std::string, std::string> labels;
  const json match_labels = object_at(object_at(spec, "selector"), "matchLabels");
  for (const auto& [key, value] : match_labels.items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

bool has_target(const json& spec) {
  return !array_at(spec, "targetRefs").empty() || !object_at(spec, "targetRef").empty();
}

// As istiod sorts them: by creation, then by name.
auto age_of(const json& telemetry) {
  const json metadata = object_at(telemetry, "metadata");
  std::string created = string_at(metadata, "creationTimestamp");
  const bool unknown = created.empty();
  return std::tuple(unknown, std::move(created), string_at(metadata, "name"));
}

}  // namespace

Telemetries::Telemetries(const std::vector<json>& objects) {
  for (const json& object : objects) {
    const json spec = object_at(object, "spec");
    for (const json& entry : array_at(spec, "accessLogging")) {
      for (std::string& name : provider_names(entry)) logging_providers_.insert(std::move(name));
    }
    if (is_ours(object) || has_target(spec)) continue;
    const json*& oldest = others_[{ref_of(object).ns, selector_of(spec)}];
    if (oldest == nullptr || age_of(object) < age_of(*oldest)) oldest = &object;
  }
}

const json* Telemetries::others(const std::string& ns, const std::map<std::string, std::string>& match_labels) const {
  const auto found = others_.find(Scope{ns, match_labels});
  return found == others_.end() ? nullptr : found->second;
}

std::vector<std::string> provider_names(const json& entry) {
  std::vector<std::string> names;
  for (const json& provider : array_at(entry, "providers")) {
    if (std::string name = string_at(provider, "name"); !name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace meshtrace::mesh
