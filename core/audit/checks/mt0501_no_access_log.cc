#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/log_formats.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Somebody thought about it, be it for one namespace.
bool any_telemetry_logs(const Model& model) {
  const auto telemetries = model.snapshot.all(Kind::kTelemetry);
  return std::any_of(telemetries.begin(), telemetries.end(),
                     [](const ObjectPointer& telemetry) { return !entries_of(*telemetry, "accessLogging").empty(); });
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr || any_telemetry_logs(model)) return;
  if (!string_member(mesh->config, {"accessLogFile"}).empty()) return;
  if (!array_member(mesh->config, {"defaultProviders", "accessLogging"}).empty()) return;
  const json* als = find_member(mesh->config, {"enableEnvoyAccessLogService"});
  if (als != nullptr && *als == true) return;
  std::vector<std::pair<std::string, json>> settings{{"accessLogFile", "/dev/stdout"}};
  const LogFormat format = mesh_log_format(mesh->config);
  if (!shows_trace(format)) settings.push_back(setting_of(*mesh, with_trace(model, format)));
  findings.add(subject,
               "Where a trace breaks cannot be seen in logs: no proxy of the mesh writes an access log "
               "(accessLogFile is empty, and no Telemetry states one).",
               {.field = field_of(*mesh, "accessLogFile"), .fix = mesh_fix(*mesh, settings)});
}

}  // namespace

const Check kNoAccessLog{
    .code = "MT0501",
    .severity = Severity::kInfo,
    .title = "no access log",
    .effect = "Nothing is lost, but nobody can see at which hop a trace header is, either.",
    .page =
        R"(The mesh's `accessLogFile` is empty, `defaultProviders.accessLogging` names nothing and no Telemetry states
`accessLogging`: proxies log no requests. `kubectl meshtrace logs` finds the hop that loses `traceparent` by these lines,
and without them a broken trace can only be guessed at.

The printed command logs to standard output, in Istio's default format with `traceparent` and `tracestate` appended. A
TracingPolicy's `proxy.accessLog` does the same. Logs cost CPU and storage: a Telemetry with a `filter` keeps errors only.

Sources: Istio, "Envoy Access Logs"; MeshConfig.accessLogFile.)",
    .subjects = kMeshHolders,
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
