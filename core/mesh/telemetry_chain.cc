#include "core/mesh/telemetry_chain.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/mesh/document.h"
#include "core/mesh/shape.h"
#include "core/mesh/tracing_provider.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

using Labels = std::map<std::string, std::string>;

Labels selector_of(const json& telemetry) {
  Labels labels;
  const json selector = object_at(object_at(object_at(telemetry, "spec"), "selector"), "matchLabels");
  for (const auto& [key, value] : selector.items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

bool has_target(const json& telemetry) {
  const json spec = object_at(telemetry, "spec");
  return !array_at(spec, "targetRefs").empty() || !object_at(spec, "targetRef").empty();
}

// As istiod sorts them: by creation, then by name.
auto age_of(const json& telemetry) {
  const json metadata = object_at(telemetry, "metadata");
  const std::string created = string_at(metadata, "creationTimestamp");
  return std::tuple(created.empty(), created, string_at(metadata, "name"));
}

// Of the levels, widest first, the entries of `field` that the last one with any states; the names of providers that it
// leaves to its parent are filled in.
class Levels {
 public:
  explicit Levels(json parents) : names_(std::move(parents)) {}

  void add(const json* telemetry) {
    if (telemetry == nullptr) return;
    json entries = array_at(object_at(*telemetry, "spec"), "accessLogging");
    if (entries.empty()) return;
    json names = json::array();
    for (json& entry : entries) {
      if (!entry.is_object()) continue;
      if (provider_names(entry).empty()) entry["providers"] = names_;
      for (const std::string& name : provider_names(entry)) names.push_back({{"name", name}});
    }
    entries_ = std::move(entries);
    names_ = std::move(names);
  }

  // The last level's entries; defaultProviders where no Telemetry has any.
  [[nodiscard]] json entries() const {
    if (!entries_.empty() || names_.empty()) return entries_;
    return json::array({{{"providers", names_}}});
  }

 private:
  json entries_ = json::array();
  json names_;
};

json default_providers(const json& mesh, const char* field) {
  json names = json::array();
  for (const json& name : array_at(object_at(mesh, "defaultProviders"), field)) {
    if (name.is_string()) names.push_back({{"name", name}});
  }
  return names;
}

bool is_file_log_to(const json& mesh, const std::string& provider, std::string_view path) {
  const json* entry = find_provider(mesh, provider);
  // Istio's own provider `envoy` need not stand in the text.
  if (entry == nullptr) return provider == "envoy" && path == "/dev/stdout";
  if (!entry->contains("envoyFileAccessLog")) return false;
  const std::string stated = string_at(object_at(*entry, "envoyFileAccessLog"), "path");
  return (stated.empty() ? std::string_view("/dev/stdout") : std::string_view(stated)) == path;
}

}  // namespace

const json* rival_telemetry(const Facts& facts, std::string_view ns, const Labels& match_labels) {
  const json* oldest = nullptr;
  for (const json& telemetry : facts.telemetries) {
    if (is_ours(telemetry) || has_target(telemetry) || ref_of(telemetry).ns != ns) continue;
    if (selector_of(telemetry) != match_labels) continue;
    if (oldest == nullptr || age_of(telemetry) < age_of(*oldest)) oldest = &telemetry;
  }
  return oldest;
}

const json* namespace_telemetry(const Facts& facts, std::string_view ns) { return rival_telemetry(facts, ns, {}); }

std::vector<std::string> provider_names(const json& entry) {
  std::vector<std::string> names;
  for (const json& provider : array_at(entry, "providers")) {
    if (std::string name = string_at(provider, "name"); !name.empty()) names.push_back(std::move(name));
  }
  return names;
}

json inherited_logging(const Facts& facts, const json& mesh, std::string_view ns, bool in_namespace,
                       std::string_view path) {
  Levels levels(default_providers(mesh, "accessLogging"));
  levels.add(namespace_telemetry(facts, facts.root_namespace));
  if (in_namespace) levels.add(namespace_telemetry(facts, ns));
  json kept = json::array();
  for (json entry : levels.entries()) {
    if (!entry.is_object()) continue;
    json providers = json::array();
    for (const std::string& name : provider_names(entry)) {
      if (!is_file_log_to(mesh, name, path)) providers.push_back({{"name", name}});
    }
    if (providers.empty()) continue;
    entry["providers"] = std::move(providers);
    kept.push_back(std::move(entry));
  }
  return kept;
}

std::string inherited_tracing_provider(const Facts& facts, const json& mesh, std::string_view ns, bool in_namespace) {
  std::string provider;
  const json defaults = default_providers(mesh, "tracing");
  if (!defaults.empty()) provider = string_at(defaults.front(), "name");
  const auto layer = [&](const json* telemetry) {
    if (telemetry == nullptr) return;
    for (const json& entry : array_at(object_at(*telemetry, "spec"), "tracing")) {
      if (const auto names = provider_names(entry); !names.empty()) provider = names.front();
    }
  };
  layer(namespace_telemetry(facts, facts.root_namespace));
  if (in_namespace) layer(namespace_telemetry(facts, ns));
  return provider;
}

}  // namespace meshtrace::mesh
