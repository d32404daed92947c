#include "core/audit/checks/checks.h"
#include "core/audit/checks/log_formats.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

// Then a provider's format without one hides it, which is MT0504's.
bool mesh_format_shows_trace(const MeshRevision& mesh) {
  return !string_member(mesh.config, {"accessLogFile"}).empty() && shows_trace(mesh_log_format(mesh.config));
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr || is_wrongly_encoded(*mesh) || mesh_format_shows_trace(*mesh)) return;
  for (const LogFormat& format : formats_in_use(model, *mesh)) {
    if (shows_trace(format)) continue;
    const bool is_default = format.text.empty() && !format.json.is_object();
    findings.add(subject,
                 is_default
                     ? "The access log does not show which trace a request belongs to: Istio's default format has "
                       "no traceparent."
                     : "The access log does not show which trace a request belongs to: its format has no "
                       "%REQ(TRACEPARENT)%.",
                 {.field = field_of(*mesh, format.path),
                  .fix = mesh_fix(*mesh, {setting_of(*mesh, with_trace(model, format))})});
  }
}

}  // namespace

const Check kNoTraceparent{
    .code = "MT0502",
    .severity = Severity::kInfo,
    .title = "access log without traceparent",
    .effect = "Nothing is lost, but log lines and traces cannot be joined, and the hop that loses a trace is not seen.",
    .page =
        R"(The access log that proxies write has no command that shows a trace: `%REQ(TRACEPARENT)%`, `%TRACE_ID%`, or the
headers of B3, Datadog, X-Ray, Cloud Trace or Jaeger. Istio's default format has none, so this is info and no warning: a
mesh is healthy without it. Looked at are the mesh's own format and those of the providers that something names.

The printed command appends `traceparent=%REQ(TRACEPARENT)% tracestate=%REQ(TRACESTATE)%` to the format that is there (to
Istio's default where there is none). The value is what the proxy sends on, so that `-` means that nothing came and the
proxy does not trace, or that it refused the request.

Sources: Istio, "Envoy Access Logs"; Envoy, "Substitution Formatter".)",
    .subjects = kMeshHolders,
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
