#include "core/mesh/logging.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/mesh/access_log.h"
#include "core/mesh/document.h"
#include "core/mesh/inherited.h"
#include "core/mesh/plan.h"
#include "core/mesh/scope.h"
#include "core/mesh/shape.h"
#include "core/mesh/tracing_provider.h"
#include "core/policy/json_path.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using policy::Level;

constexpr std::string_view kPath = "proxy.accessLog";
constexpr const char* kStandardOutput = "/dev/stdout";

bool states_format(const policy::PolicyScope& scope) {
  constexpr std::array kFormats{"traceHeaders", "format", "jsonFormat"};
  return std::any_of(kFormats.begin(), kFormats.end(),
                     [&](const char* field) { return states(scope, fmt::format("{}.{}", kPath, field)); });
}

std::string string_entry(const json& mesh, const char* key) {
  const json* value = find_entry(mesh, {key, {}});
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// The log's file by the policy, or the mesh's; where neither names one, proxies write no log at all.
std::string file_of(const AccessLog& log, const json& mesh) {
  if (log.file) return *log.file;
  std::string file = string_entry(mesh, "accessLogFile");
  return file.empty() ? kStandardOutput : file;
}

std::vector<EntryEdit> mesh_entries(const policy::PolicyScope& scope, const AccessLog& log, const json& mesh) {
  const bool is_json = log.encoding == LogEncoding::kJson;
  std::vector<EntryEdit> entries{{{"accessLogFile", {}}, file_of(log, mesh)}};
  if (states_format(scope)) entries.push_back({{"accessLogFormat", {}}, is_json ? log.json.dump() : log.text});
  if (states_format(scope) || states(scope, "proxy.accessLog.encoding")) {
    // TEXT is what an absent encoding means: it need not be written.
    if (is_json || !string_entry(mesh, "accessLogEncoding").empty()) {
      entries.push_back({{"accessLogEncoding", {}}, is_json ? "JSON" : "TEXT"});
    }
  }
  return entries;
}

EntryEdit provider_entry(const AccessLog& log, const json& mesh) {
  json format = log.encoding == LogEncoding::kJson ? json{{"labels", log.json}} : json{{"text", log.text}};
  json config{{"path", file_of(log, mesh)}, {"logFormat", std::move(format)}};
  const std::string name = kProviderPrefix + hash_of(config);
  return {{"extensionProviders", name}, {{"name", name}, {"envoyFileAccessLog", std::move(config)}}};
}

std::optional<Version> oldest_envoy(const Facts& facts) {
  const std::optional<Version> istio = facts.proxy ? facts.proxy : facts.istiod;
  return istio ? std::optional(envoy_of_istio(*istio)) : std::nullopt;
}

// What the policies say, without the encoding that is only the merge's default: then the mesh's own holds.
json stated_access_log(const policy::PolicyScope& scope) {
  json stated = *policy::find_at(scope.effective->merged, kPath);
  const auto origin = scope.effective->origins.find(std::string(kPath) + ".encoding");
  if (origin != scope.effective->origins.end() && origin->second.level == Level::kDefault) stated.erase("encoding");
  return stated;
}

bool refused(const AccessLog& log, const Facts& facts, std::vector<Problem>& problems) {
  const std::optional<Version> istio = facts.proxy ? facts.proxy : facts.istiod;
  if (!istio) return false;
  const std::vector<std::string> reasons = refused_by(log, envoy_of_istio(*istio));
  if (reasons.empty()) return false;
  problems.push_back(
      {Problem::About::kResolvedRefs, kReasonUnsupportedVersion,
       fmt::format("proxy.accessLog: {}. The oldest proxy belongs to Istio {} and would refuse its whole "
                   "listener, so the access log stays as it is",
                   fmt::join(reasons, "; "), istio->text())});
  return true;
}

bool logs_mesh_format(const json& mesh, const std::string& provider) {
  // Istio's own provider `envoy` takes the mesh's format as long as it is not given one.
  if (provider != "envoy") return false;
  const json* entry = find_provider(mesh, provider);
  return entry == nullptr || !object_at(*entry, "envoyFileAccessLog").contains("logFormat");
}

}  // namespace

std::vector<EntryEdit> logging_entries(const policy::PolicyScope& scope, const MeshView& mesh, const World& world,
                                       std::vector<Problem>& problems) {
  if (mesh.error || !states(scope, kPath)) return {};
  const AccessLog log = make_access_log(stated_access_log(scope), mesh.original, oldest_envoy(world.facts));
  if (refused(log, world.facts, problems)) return {};
  if (scope.level == Level::kMesh) return mesh_entries(scope, log, mesh.original);
  return {provider_entry(log, mesh.original)};
}

std::string log_path(const json& provider) { return provider.at("envoyFileAccessLog").at("path").get<std::string>(); }

std::vector<Problem> overridden_logging(const MeshView& mesh, const World& world) {
  // A path that no provider writes keeps every one of them in the answer.
  const json entries = inherited_logging(world, mesh.current, world.facts.root_namespace, false, "");
  std::string other;
  for (const json& entry : entries) {
    const bool disabled = entry.contains("disabled") && entry.at("disabled") == true;
    for (std::string& name : provider_names(entry)) {
      if (!disabled && logs_mesh_format(mesh.current, name)) return {};
      other = std::move(name);
    }
  }
  if (other.empty()) return {};
  const json* telemetry = world.telemetries.others(world.facts.root_namespace);
  const std::string where = telemetry != nullptr && !array_at(object_at(*telemetry, "spec"), "accessLogging").empty()
                                ? fmt::format("Telemetry {}/{}", world.facts.root_namespace, ref_of(*telemetry).name)
                                : fmt::format("defaultProviders.accessLogging in {}", mesh.name);
  return {
      {Problem::About::kProgrammed, kReasonOverridden,
       fmt::format("{} has the access log by the provider {} and none by envoy, so proxies do not use the mesh's own "
                   "format, which is what this policy writes: add the provider envoy there, or give {} the format",
                   where, other, other)}};
}

}  // namespace meshtrace::mesh
