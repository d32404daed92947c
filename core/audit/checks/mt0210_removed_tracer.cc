#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/mesh/tracing_provider.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// When the mesh's proxies lost the tracer; absent while they have it.
std::optional<mesh::Version> lost(const Model& model, std::string_view kind) {
  return has_tracer(kind, model.mesh.istio()) ? std::nullopt : tracer_removed_in(kind);
}

// Whether the entry is what find_provider() gives for the name, as istiod looks it up.
bool is_called(const json& config, const json& entry, const std::string& name) {
  return mesh::find_provider(config, name) == &entry;
}

bool is_in_use(const Model& model, const MeshRevision& mesh, const json& entry) {
  for (const json& name : array_member(mesh.config, {"defaultProviders", "tracing"})) {
    if (name.is_string() && is_called(mesh.config, entry, name.get<std::string>())) return true;
  }
  for (const ObjectPointer& telemetry : model.snapshot.all(Kind::kTelemetry)) {
    for (const TelemetryEntry& tracing : entries_of(*telemetry, "tracing")) {
      for (const NamedProvider& provider : tracing.providers) {
        if (is_called(mesh.config, entry, provider.name)) return true;
      }
    }
  }
  return false;
}

// What the entry does, as long as something names it or nothing does.
std::string_view consequence_of(std::string_view kind, bool in_use) {
  if (!in_use) return "It would trace nothing";
  if (kind == "lightstep") return "istiod panics as soon as it configures a proxy for which it is named";
  return "Proxies make no spans where it is named";
}

constexpr const char* kAdvice =
    "Send the spans by an opentelemetry provider to an OpenTelemetry Collector, and let it export them to where they "
    "went.";

void look_at_providers(const Model& model, const MeshRevision& mesh, Findings& findings) {
  const json& providers = array_member(mesh.config, {"extensionProviders"});
  for (std::size_t index = 0; index < providers.size(); ++index) {
    const json& entry = providers[index];
    const std::string_view kind = kind_of_provider(entry);
    const auto since = lost(model, kind);
    if (!since) continue;
    const bool in_use = is_in_use(model, mesh, entry);
    json rest = providers;
    rest.erase(index);
    findings.add(
        *mesh.object,
        fmt::format("{}: the provider {} is of the kind {}, which Istio {}.{} removed.", consequence_of(kind, in_use),
                    policy::in_quotes(string_member(entry, {"name"})), kind, since->major, since->minor),
        {.field = field_of(mesh, fmt::format("extensionProviders[{}]", index)),
         .fix = in_use ? std::string(kAdvice)
                       : mesh_fix(mesh, {{"extensionProviders", rest.empty() ? json() : std::move(rest)}}),
         .severity = in_use ? Severity::kError : Severity::kInfo});
  }
}

void look_at_legacy(const Model& model, const MeshRevision& mesh, Findings& findings) {
  const std::string_view tracer = legacy_tracer_of(object_member(mesh.config, {"defaultConfig"}));
  const auto since = lost(model, tracer == "openCensusAgent" ? "opencensus" : tracer);
  if (!since) return;
  findings.add(*mesh.object,
               fmt::format("Proxies make no spans: defaultConfig.tracing names {}, which Istio {}.{} removed.", tracer,
                           since->major, since->minor),
               {.field = field_of(mesh, "defaultConfig.tracing"), .fix = kAdvice});
}

// The built-in one: no entry of the mesh's configuration could be found fault with.
void look_at_telemetry(const Model& model, const Object& telemetry, Findings& findings) {
  if (!is_in_force(model, telemetry)) return;
  for (const TelemetryEntry& entry : entries_of(telemetry, "tracing")) {
    if (entry.providers.empty()) continue;
    const NamedProvider& provider = entry.providers.front();
    const auto since = lost(model, kind_of_built_in(provider.name));
    const auto meshes = meshes_of(model, telemetry);
    const bool is_stated = std::any_of(meshes.begin(), meshes.end(), [&](const MeshRevision* mesh) {
      return mesh::find_provider(mesh->config, provider.name) != nullptr;
    });
    if (!since || is_stated) continue;
    findings.add(telemetry,
                 fmt::format("Proxies make no spans here: Istio {}.{} removed tracing to {}.", since->major,
                             since->minor, policy::in_quotes(provider.name)),
                 {.field = provider.field, .fix = kAdvice});
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind == Kind::kTelemetry) return look_at_telemetry(model, subject, findings);
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  look_at_providers(model, *mesh, findings);
  look_at_legacy(model, *mesh, findings);
}

}  // namespace

const Check kRemovedTracer{
    .code = "MT0210",
    .severity = Severity::kError,
    .title = "tracer that Istio removed",
    .effect = "The proxies for which it is named make no spans; Lightstep brings istiod down.",
    .page =
        R"(The mesh's configuration, or a Telemetry, names a tracer that this Istio has no more: Lightstep was removed with
1.27, OpenCensus and with it tracing to Stackdriver with 1.23. The fields are still accepted. With OpenCensus and
Stackdriver istiod logs a warning and proxies make no spans. With Lightstep istiod itself ends (seen with 1.31.1: a nil
pointer in buildHCMTracing), again after every restart, and no proxy of the mesh is configured any more. An entry that
nobody names is info.

Send the spans with an `opentelemetry` provider to an OpenTelemetry Collector, which has exporters for all three. An
entry without use is taken out by the printed command.

Limits: where the version is not known, the current release is assumed; say `--istio-version`.

Sources: Istio change notes of 1.23 (istio#50808) and 1.27 (istio#54002); pilot/pkg/networking/core/tracing.go.)",
    .subjects = kMeshHolders | Kinds{Kind::kTelemetry},
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
