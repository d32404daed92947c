#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

const char* name_of(Direction direction) { return direction == Direction::kClient ? "CLIENT" : "SERVER"; }

// Nobody said that proxies should make no spans; there is just no provider.
bool is_without_provider(const Tracing& tracing) { return tracing.provider.empty() && !tracing.reporting_disabled; }

void run(const Model& model, const Object& telemetry, Findings& findings) {
  if (meshes_of(model, telemetry).empty() || !is_in_force(model, telemetry)) return;
  if (is_for_gateways(model, telemetry)) return;  // they are clients only
  const auto labels = scope_labels_of(telemetry);
  for (const TelemetryEntry& entry : entries_of(telemetry, "tracing")) {
    const std::string mode = string_member(*entry.json, {"match", "mode"});
    if (entry.providers.empty() || (mode != "CLIENT" && mode != "SERVER")) continue;
    const Direction there = mode == "CLIENT" ? Direction::kClient : Direction::kServer;
    const Direction other = there == Direction::kClient ? Direction::kServer : Direction::kClient;
    if (!model.mesh.tracing(telemetry.ref.ns, labels, there).enabled) continue;
    if (!is_without_provider(model.mesh.tracing(telemetry.ref.ns, labels, other))) continue;
    findings.add(telemetry,
                 fmt::format("Proxies make no spans of the {} side: the provider {} is named for {} alone, and nobody "
                             "names one for {}.",
                             other == Direction::kClient ? "calling" : "called",
                             policy::in_quotes(entry.providers.front().name), name_of(there), name_of(other)),
                 {.field = entry.field + ".match",
                  .fix = patch_command(telemetry, remove_field(telemetry, entry.field + ".match"))});
    return;
  }
}

}  // namespace

const Check kOneDirection{
    .code = "MT0207",
    .severity = Severity::kWarning,
    .title = "tracing provider for one direction only",
    .effect = "Half of the proxies' spans are missing: calls show where they begin or where they arrive, never both.",
    .page =
        R"(A Telemetry names a provider under `match.mode: CLIENT` (outbound listeners and gateways) or `SERVER` (inbound
listeners), and neither it nor a wider Telemetry nor `defaultProviders` names one for the other direction. istiod then
takes tracing out of that direction's listeners: there proxies neither make spans nor write trace headers.

Leave `match` out, so that the provider holds for both, or add an entry for the other direction. Where one side is not to
be traced, say so with an entry that has `disableSpanReporting: true`. A Telemetry for gateways alone, which are clients
only, is left alone.

Sources: Istio, Telemetry API, `Tracing.match`; pilot/pkg/model/telemetry.go, Tracing.)",
    .subjects = {Kind::kTelemetry},
    .reads = kMeshKinds | kWorkloadKinds,
    .run = run,
};

}  // namespace meshtrace::audit
