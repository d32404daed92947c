#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// The first Telemetry that names a tracing provider; null for none.
const Object* first_with_provider(const Model& model) {
  for (const ObjectPointer& telemetry : model.snapshot.all(Kind::kTelemetry)) {
    const auto entries = entries_of(*telemetry, "tracing");
    const bool names_one = std::any_of(entries.begin(), entries.end(),
                                       [](const TelemetryEntry& entry) { return !entry.providers.empty(); });
    if (names_one) return telemetry.get();
  }
  return nullptr;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  json defaults = object_member(mesh->config, {"defaultConfig"});
  const std::string tracer(legacy_tracer_of(defaults));
  if (tracer.empty()) return;
  const bool is_everywhere = !array_member(mesh->config, {"defaultProviders", "tracing"}).empty();
  const Object* telemetry = is_everywhere ? nullptr : first_with_provider(model);
  if (!is_everywhere && telemetry == nullptr) return;
  // Its sampling and tags stay in force as defaults; the tracer alone goes.
  defaults["tracing"].erase(tracer);
  if (defaults["tracing"].empty()) defaults.erase("tracing");
  const std::string shown = policy::in_quotes("defaultConfig.tracing." + tracer);
  findings.add(subject,
               is_everywhere
                   ? fmt::format("{} gets no spans: defaultProviders names a tracing provider, and with that istiod "
                                 "ignores the older form.",
                                 shown)
                   : fmt::format("Traces are split over two collectors: {} gets the spans of proxies of which no "
                                 "Telemetry speaks, and the provider of {} those of the others.",
                                 shown, telemetry->ref.title()),
               {.field = field_of(*mesh, "defaultConfig.tracing"),
                .fix = mesh_fix(*mesh, {{"defaultConfig", defaults.empty() ? json() : defaults}}),
                .severity = is_everywhere ? Severity::kInfo : Severity::kWarning});
}

}  // namespace

const Check kLegacyTracing{
    .code = "MT0209",
    .severity = Severity::kWarning,
    .title = "defaultConfig.tracing beside providers",
    .effect = "Spans of one trace go to two collectors, or the older address gets none.",
    .page =
        R"(The mesh's configuration names a tracer in `defaultConfig.tracing` (zipkin, datadog, lightstep, stackdriver,
openCensusAgent), the form of before the Telemetry API, and a Telemetry or `defaultProviders.tracing` names a provider.
The older form holds for proxies for which nothing of the Telemetry API speaks of tracing, and for no other: with
`defaultProviders.tracing` for none (info), with a Telemetry of some namespaces for the rest (warning).

Take the tracer out and name the provider in `defaultProviders.tracing` or in a Telemetry of the root namespace.
`defaultConfig.tracing.sampling` and tags may stay; they go on as defaults.

Limits: the annotation `proxy.istio.io/config` of single pods is not looked at.

Sources: Istio, ProxyConfig.Tracing and Telemetry API; pilot/pkg/networking/core/tracing.go.)",
    .subjects = kMeshHolders,
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
