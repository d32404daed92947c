#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/audit/mesh_revisions.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

// What of it is about traces, in words; empty for one of metrics alone.
std::string stated_by(const Object& telemetry) {
  const bool traces = !array_member(telemetry.spec(), {"tracing"}).empty();
  const bool logs = !array_member(telemetry.spec(), {"accessLogging"}).empty();
  if (traces && logs) return "tracing and access log";
  return traces ? "tracing" : logs ? "access log" : "";
}

void run(const Model& model, const Object& telemetry, Findings& findings) {
  const std::string stated = stated_by(telemetry);
  if (stated.empty() || is_in_force(model, telemetry)) return;
  std::string revision = telemetry.label(kRevisionLabel);
  if (revision.empty()) revision = kDefaultRevision;
  const Object* winner = model.mesh.telemetries().of_namespace(telemetry.ref.ns, revision);
  if (winner == nullptr) return;  // of another revision
  const bool by_age = telemetry.value.contains("/metadata/creationTimestamp"_json_pointer);
  findings.add(
      telemetry,
      fmt::format("The {} of this Telemetry is not in force: {} has no selector either, and istiod takes one a "
                  "namespace, {}.",
                  stated, winner->ref.title(), by_age ? "the oldest" : "the first by name of equally old ones"),
      {.fix = delete_command(telemetry.ref)});
}

}  // namespace

const Check kTwoTelemetries{
    .code = "MT0204",
    .severity = Severity::kWarning,
    .title = "Telemetry ignored beside another one of its namespace",
    .effect = "What it says about sampling, providers or logs is not in force for any proxy.",
    .page =
        R"(Two Telemetry objects without `selector` and `targetRefs` stand in one namespace. istiod does not merge them: the
oldest holds, of equally old ones (and in files, where nothing was created yet) the first by name. The other one is
ignored as a whole, without an event or a status. The finding is on the one that is ignored.

Put what it says into the one that holds, then delete it: the printed command does the second half. Objects with different
`istio.io/rev` labels do not compete, nor does one with a selector, which is merged over the namespace's.

Sources: Istio, Telemetry API ("only one Telemetry without selector per namespace"); pilot/pkg/model/telemetry.go,
namespaceWideTelemetryConfig.)",
    .subjects = {Kind::kTelemetry},
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
