#include "core/mesh/inherited.h"

#include <utility>

#include "core/mesh/shape.h"
#include "core/mesh/tracing_provider.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

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

json inherited_logging(const World& world, const json& mesh, const std::string& ns, bool in_namespace,
                       std::string_view path) {
  Levels levels(default_providers(mesh, "accessLogging"));
  levels.add(world.telemetries.others(world.facts.root_namespace));
  if (in_namespace) levels.add(world.telemetries.others(ns));
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

std::string inherited_tracing_provider(const World& world, const json& mesh, const std::string& ns, bool in_namespace) {
  std::string provider;
  const json defaults = default_providers(mesh, "tracing");
  if (!defaults.empty()) provider = string_at(defaults.front(), "name");
  const auto layer = [&](const json* telemetry) {
    if (telemetry == nullptr) return;
    for (const json& entry : array_at(object_at(*telemetry, "spec"), "tracing")) {
      if (const auto names = provider_names(entry); !names.empty()) provider = names.front();
    }
  };
  layer(world.telemetries.others(world.facts.root_namespace));
  if (in_namespace) layer(world.telemetries.others(ns));
  return provider;
}

}  // namespace meshtrace::mesh
