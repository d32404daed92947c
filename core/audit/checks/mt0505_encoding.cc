#include "core/audit/checks/checks.h"
#include "core/audit/checks/log_formats.h"
#include "core/audit/checks/mesh_settings.h"

namespace meshtrace::audit {
namespace {

void run(const Model& model, const Object& subject, Findings& findings) {
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr || !is_wrongly_encoded(*mesh) || !uses_mesh_format(model, *mesh)) return;
  findings.add(
      subject,
      "Proxies log Istio's default JSON and none of the fields that accessLogFormat names: accessLogEncoding is "
      "JSON, and the format is no JSON object.",
      {.field = field_of(*mesh, "accessLogEncoding"), .fix = mesh_fix(*mesh, {{"accessLogEncoding", "TEXT"}})});
}

}  // namespace

const Check kEncoding{
    .code = "MT0505",
    .severity = Severity::kWarning,
    .title = "JSON encoding with a text format",
    .effect = "Log lines are Istio's default JSON, without traceparent or whatever else the format states.",
    .page =
        R"(`accessLogEncoding: JSON` wants `accessLogFormat` to be a JSON object of strings. Given a text, istiod logs an error
of its own and configures its default JSON, in which there is no `traceparent`. Nothing else tells.

Set the encoding to TEXT, as the printed command does, or write the format as JSON:
`{"traceparent": "%REQ(TRACEPARENT)%", ...}`. The other way round, a JSON format with encoding TEXT, works.

Sources: Istio, MeshConfig.accessLogFormat; pilot/pkg/model/telemetry_logging.go, FileAccessLogFromMeshConfig.)",
    .subjects = kMeshHolders,
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
