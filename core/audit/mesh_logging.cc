// The access log of a workload: which providers log, and in which format.
// Source: Istio, pilot/pkg/model/telemetry.go (mergeLogs) and telemetry_logging.go.
#include <set>
#include <utility>

#include "core/audit/log_format.h"
#include "core/audit/mesh_model.h"
#include "core/audit/mesh_revisions.h"
#include "core/audit/providers.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

using Names = std::set<std::string>;

Names names_of(const json& entry) {
  Names names;
  for (const json& provider : array_member(entry, {"providers"})) {
    if (std::string name = string_member(provider, {"name"}); !name.empty()) names.insert(std::move(name));
  }
  return names;
}

// The providers in effect; true of those that are switched off. The narrowest Telemetry that names providers decides
// which ones count, an entry without providers speaks of its parent's.
std::map<std::string, bool> merge(const std::vector<const Object*>& telemetries, const Names& defaults,
                                  Direction direction) {
  Names in_scope = defaults;
  for (const Object* telemetry : telemetries) {
    Names named;
    for (const json& entry : array_member(telemetry->spec(), {"accessLogging"})) {
      if (holds_for(entry, direction)) named.merge(names_of(entry));
    }
    if (!named.empty()) in_scope = std::move(named);
  }
  std::map<std::string, bool> disabled;
  Names parent = defaults;
  for (const Object* telemetry : telemetries) {
    for (const json& entry : array_member(telemetry->spec(), {"accessLogging"})) {
      if (Names named = names_of(entry); !named.empty()) parent = std::move(named);
      if (!holds_for(entry, direction)) continue;
      const json* off = find_member(entry, {"disabled"});
      for (const std::string& name : parent) {
        if (in_scope.contains(name)) disabled[name] = off != nullptr && *off == true;
      }
    }
  }
  return disabled;
}

void use_format(LogFormat format, AccessLogging& logging) {
  logging.format = std::move(format.text);
  logging.json_format = std::move(format.json);
}

}  // namespace

AccessLogging MeshModel::access_logging(std::string_view ns, const std::map<std::string, std::string>& pod_labels,
                                        Direction direction) const {
  static const json kNone = json::object();
  const MeshRevision* revision = revision_of(ns, pod_labels);
  const json& config = revision == nullptr ? kNone : revision->config;
  std::vector<const Object*> telemetries;
  for (const Object* telemetry : telemetries_.applying(
           ns, pod_labels, revision == nullptr ? kDefaultRevision : std::string_view(revision->name))) {
    if (!array_member(telemetry->spec(), {"accessLogging"}).empty()) telemetries.push_back(telemetry);
  }
  AccessLogging logging;
  Names defaults;
  for (const json& name : array_member(config, {"defaultProviders", "accessLogging"})) {
    if (name.is_string()) defaults.insert(name.get<std::string>());
  }
  std::map<std::string, bool> providers;
  if (telemetries.empty()) {
    for (const std::string& name : defaults) providers[name] = false;
  } else {
    logging.from = telemetries.back();
    providers = merge(telemetries, defaults, direction);
  }
  // One that is unknown, or cannot log, counts as if nobody had named it.
  bool any_logger = false;
  for (const auto& [name, disabled] : providers) {
    if (!is_logger(kind_of_named(config, name))) continue;
    any_logger = true;
    if (disabled) continue;
    logging.providers.push_back(name);
    const bool is_first_file = logging.provider.empty() && kind_of_named(config, name) == "envoyFileAccessLog";
    if (!is_first_file) continue;
    logging.provider = name;
    use_format(log_format_of(config, name), logging);
  }
  if (any_logger) {
    logging.enabled = !logging.providers.empty();
    return logging;
  }
  logging.enabled = !string_member(config, {"accessLogFile"}).empty();
  use_format(mesh_log_format(config), logging);
  return logging;
}

}  // namespace meshtrace::audit
