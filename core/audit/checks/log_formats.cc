#include "core/audit/checks/log_formats.h"

#include <algorithm>
#include <set>

#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/mesh/access_log.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Names of providers that a Telemetry or the mesh's defaults name for access logs.
std::set<std::string> named_loggers(const Model& model, const MeshRevision& mesh) {
  std::set<std::string> names;
  for (const json& name : array_member(mesh.config, {"defaultProviders", "accessLogging"})) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  for (const ObjectPointer& telemetry : model.snapshot.all(Kind::kTelemetry)) {
    for (const TelemetryEntry& entry : entries_of(*telemetry, "accessLogging")) {
      for (const NamedProvider& provider : entry.providers) names.insert(provider.name);
    }
  }
  return names;
}

// An object of text; what is no UTF-8 is replaced.
std::string one_line(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

bool uses_mesh_format(const Model& model, const MeshRevision& mesh) {
  const auto names = named_loggers(model, mesh);
  const bool is_named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return log_format_of(mesh.config, name).path == kMeshFormatPath;
  });
  if (is_named) return true;
  if (string_member(mesh.config, {"accessLogFile"}).empty()) return false;
  return model.mesh.access_logging(model.snapshot.root_namespace(), {}, Direction::kServer).providers.empty();
}

bool is_wrongly_encoded(const MeshRevision& mesh) {
  const json* encoding = find_member(mesh.config, {"accessLogEncoding"});
  const bool is_json = encoding != nullptr && (*encoding == "JSON" || *encoding == 1);
  const std::string format = string_member(mesh.config, {"accessLogFormat"});
  return is_json && !format.empty() && !json::parse(format, nullptr, /*allow_exceptions=*/false).is_object();
}

std::vector<LogFormat> formats_in_use(const Model& model, const MeshRevision& mesh) {
  std::vector<LogFormat> formats;
  if (uses_mesh_format(model, mesh)) formats.push_back(mesh_log_format(mesh.config));
  std::set<std::string> paths{"", std::string(kMeshFormatPath)};
  for (const std::string& name : named_loggers(model, mesh)) {
    LogFormat format = log_format_of(mesh.config, name);
    if (paths.insert(format.path).second) formats.push_back(std::move(format));
  }
  return formats;
}

LogFormat with_trace(const Model& model, const LogFormat& format) {
  const bool is_json = format.json.is_object();
  // As for a mesh that states this one as its own.
  const json mesh{{"accessLogEncoding", is_json ? "JSON" : "TEXT"},
                  {"accessLogFormat", is_json ? one_line(format.json) : format.text}};
  const auto envoy = model.mesh.istio() ? std::optional(mesh::envoy_of_istio(*model.mesh.istio())) : std::nullopt;
  const auto log = mesh::make_access_log({{"traceHeaders", {"W3C"}}}, mesh, envoy);
  LogFormat changed = format;
  changed.text = is_json ? "" : log.text;
  changed.json = is_json ? log.json : json();
  return changed;
}

std::pair<std::string, json> setting_of(const MeshRevision& mesh, const LogFormat& format) {
  const bool is_json = format.json.is_object();
  if (format.path == kMeshFormatPath) return {format.path, is_json ? one_line(format.json) : format.text};
  json config{{"extensionProviders", array_member(mesh.config, {"extensionProviders"})}};
  config[json::json_pointer(pointer_of(format.path))] =
      is_json ? json{{"labels", format.json}} : json{{"text", format.text}};
  return {"extensionProviders", config["extensionProviders"]};
}

}  // namespace meshtrace::audit
