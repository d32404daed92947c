#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

// Earlier proxies are not told: MT0902 says so.
constexpr mesh::Version kSince{1, 30, 0};

void run(const Model& model, const Object& telemetry, Findings& findings) {
  if (model.mesh.istio() && *model.mesh.istio() < kSince) return;
  if (!is_in_force(model, telemetry)) return;
  for (const TelemetryEntry& entry : entries_of(telemetry, "tracing")) {
    const nlohmann::json* disabled = find_member(*entry.json, {"disableContextPropagation"});
    if (disabled == nullptr || *disabled != true) continue;
    const std::string field = entry.field + ".disableContextPropagation";
    const bool is_edge = is_for_gateways(model, telemetry);
    findings.add(telemetry,
                 is_edge
                     ? std::string("What is behind these gateways does not get their spans' trace context: right for "
                                   "an egress gateway, a new trace behind an ingress gateway.")
                     : std::string("Traces break at these proxies: they make spans and do not write trace headers, "
                                   "so that the next hop does not know of them."),
                 {.field = field,
                  .fix = patch_command(telemetry, remove_field(telemetry, field)),
                  .severity = is_edge ? Severity::kInfo : Severity::kError});
  }
}

}  // namespace

const Check kDisableContextPropagation{
    .code = "MT0208",
    .severity = Severity::kError,
    .title = "disableContextPropagation",
    .effect = "The proxy's span is the last one of the trace: the next service begins a trace of its own.",
    .page =
        R"(A Telemetry states `disableContextPropagation: true`. From Istio 1.30 on its proxies still make spans, and write no
trace headers into what they forward: a request that came without context stays without, and spans of later hops do not
hang below the proxy's. It is made for egress gateways, which should not tell the outside about a trace.

Take the field out, or restrict the Telemetry to the egress gateway (by a selector or targetRefs): there it is info, as
on every gateway. Earlier releases ignore the field (MT0902).

Sources: Istio, Telemetry API, `Tracing.disableContextPropagation`; Envoy, HttpConnectionManager.Tracing.)",
    .subjects = {Kind::kTelemetry},
    .reads = kMeshKinds | kWorkloadKinds,
    .run = run,
};

}  // namespace meshtrace::audit
