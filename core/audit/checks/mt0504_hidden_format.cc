#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/log_formats.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/mesh/document.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// The mesh states a format, and it shows traces.
bool has_trace_format(const MeshRevision& mesh) {
  return !string_member(mesh.config, {"accessLogFile"}).empty() && !is_wrongly_encoded(mesh) &&
         shows_trace(mesh_log_format(mesh.config));
}

bool is_switched_off(const TelemetryEntry& entry) {
  const json* disabled = find_member(*entry.json, {"disabled"});
  return disabled != nullptr && *disabled == true;
}

// The provider whose lines are without a trace; null where one of them shows it, or none has a format.
const NamedProvider* hiding_provider(const MeshRevision& mesh, const TelemetryEntry& entry) {
  const NamedProvider* hiding = nullptr;
  for (const NamedProvider& provider : entry.providers) {
    const LogFormat format = log_format_of(mesh.config, provider.name);
    if (shows_trace(format)) return nullptr;
    if (hiding == nullptr && !format.path.empty()) hiding = &provider;
  }
  return hiding;
}

void run(const Model& model, const Object& telemetry, Findings& findings) {
  if (!is_in_force(model, telemetry) || mesh::is_ours(telemetry.value)) return;
  for (const TelemetryEntry& entry : entries_of(telemetry, "accessLogging")) {
    if (is_switched_off(entry)) continue;
    for (const MeshRevision* mesh : meshes_of(model, telemetry)) {
      const NamedProvider* hiding = has_trace_format(*mesh) ? hiding_provider(*mesh, entry) : nullptr;
      if (hiding == nullptr) continue;
      const std::string field = entry.field + ".providers";
      findings.add(
          telemetry,
          fmt::format("The access log does not show traceparent here, though the mesh's accessLogFormat has it: "
                      "the provider {} logs in a format of its own and takes the mesh's place.",
                      policy::in_quotes(hiding->name)),
          {.field = hiding->field,
           .fix = patch_command(telemetry, replace_field(telemetry, field, json::array({{{"name", kBuiltInLog}}})))});
      break;
    }
  }
}

}  // namespace

const Check kHiddenFormat{
    .code = "MT0504",
    .severity = Severity::kWarning,
    .title = "Telemetry hides the mesh's access log format",
    .effect = "Log lines of these proxies have no traceparent, though the mesh's format states it.",
    .page =
        R"(The mesh's `accessLogFormat` shows `traceparent`, and a Telemetry's `accessLogging` names a provider with another
format, or with none, which is Istio's default and not the mesh's. As soon as a Telemetry states providers, the mesh's own
`accessLogFile` and `accessLogFormat` are out for the proxies that it holds for.

The built-in provider `envoy` follows the mesh's format: the printed command names it instead. Or give the provider a
`logFormat` with `%REQ(TRACEPARENT)%`. A Telemetry that switches logs off is left alone, as is one that names a provider
whose format shows a trace.

Sources: Istio, Telemetry API, AccessLogging; pilot/pkg/model/telemetry_logging.go, telemetryAccessLog.)",
    .subjects = {Kind::kTelemetry},
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
