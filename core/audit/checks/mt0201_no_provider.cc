#include <fmt/format.h>

#include "core/audit/checks/checks.h"
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

// Proxies that make no spans are meant where SDKs decide about traces.
bool is_meant(const Model& model, const Object& telemetry) {
  if (mesh::is_ours(telemetry.value)) return true;
  const auto labels = scope_labels_of(telemetry);
  const policy::Coverage coverage = model.policies.find(telemetry.ref.ns, {labels.begin(), labels.end()});
  const auto sampling = coverage.effective == nullptr ? std::nullopt : coverage.effective->injection.sampling;
  return sampling && sampling->owner == policy::SamplingOwner::kSdk;
}

std::string fix_of(const Model& model, const MeshRevision& mesh, const Object& telemetry, const std::string& entry) {
  const auto tracers = tracers_of(model, mesh);
  if (tracers.empty()) {
    return fmt::format(
        "Add a tracing provider (opentelemetry) to extensionProviders in {} and name it in {}.providers, or, where "
        "proxies are to make no spans, state disableSpanReporting: true.",
        title_of(mesh), entry);
  }
  return patch_command(telemetry,
                       add_field(telemetry, entry + ".providers", json::array({{{"name", tracers.front()}}})));
}

void run(const Model& model, const Object& telemetry, Findings& findings) {
  const auto meshes = meshes_of(model, telemetry);
  if (meshes.empty() || !is_in_force(model, telemetry) || is_meant(model, telemetry)) return;
  const auto labels = scope_labels_of(telemetry);
  for (const TelemetryEntry& entry : entries_of(telemetry, "tracing")) {
    if (!entry.providers.empty()) continue;
    const Direction direction = holds_for(*entry.json, Direction::kServer) ? Direction::kServer : Direction::kClient;
    const Tracing tracing = model.mesh.tracing(telemetry.ref.ns, labels, direction);
    if (!tracing.provider.empty() || tracing.reporting_disabled) continue;
    const std::string_view legacy = legacy_tracer_of(object_member(meshes.front()->config, {"defaultConfig"}));
    findings.add(
        telemetry,
        legacy.empty()
            ? std::string("Proxies make no spans here: the Telemetry configures tracing and names no provider, "
                          "and neither does a wider one nor the mesh's defaultProviders.")
            : fmt::format("Proxies make no spans here: the Telemetry configures tracing without a provider, "
                          "and as soon as one speaks of tracing, {} of defaultConfig.tracing is ignored.",
                          policy::in_quotes(legacy)),
        {.field = entry.field, .fix = fix_of(model, *meshes.front(), telemetry, entry.field)});
    return;
  }
}

}  // namespace

const Check kNoProvider{
    .code = "MT0201",
    .severity = Severity::kWarning,
    .title = "Telemetry configures tracing without a provider",
    .effect = "The proxies that it holds for make no spans: in the waterfall the hops between services are missing.",
    .page =
        R"(A Telemetry that states `tracing` (a sampling percentage, tags) without `providers` inherits the provider of
the Telemetry of the root namespace, and else of `defaultProviders.tracing`. Where nobody names one, istiod takes tracing
out of the proxies altogether, also a tracer of `defaultConfig.tracing` that worked before (istio#38920).

Name a provider in the Telemetry, or one for the mesh in `defaultProviders.tracing`. Where it is meant that proxies make
no spans, say so: `disableSpanReporting: true`, or a TracingPolicy with `sampling.owner: SDK`; both are left alone.

Limits: nothing is said where the mesh's configuration is not known (files without the ConfigMap `istio`).

Sources: Istio, Telemetry API; pilot/pkg/model/telemetry.go.)",
    .subjects = {Kind::kTelemetry},
    .reads = kMeshKinds | Kinds{Kind::kTracingPolicy},
    .run = run,
};

}  // namespace meshtrace::audit
