#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// What providers are named for.
enum class Use { kTracing, kLogging };

bool is_fit(std::string_view kind, Use use) {
  // A tracer that a release removed is MT0210's.
  return use == Use::kTracing ? is_tracer(kind) : is_logger(kind);
}

// Why a provider of that kind does nothing; empty kind: there is none.
std::string message_of(const MeshRevision& mesh, std::string_view name, std::string_view kind, Use use) {
  const std::string what =
      kind.empty() ? fmt::format("{} has no extensionProvider of the name {}", title_of(mesh), policy::in_quotes(name))
                   : fmt::format("the provider {} of {} is {}, which cannot {}", policy::in_quotes(name),
                                 title_of(mesh), kind, use == Use::kTracing ? "trace" : "log");
  if (use == Use::kTracing) {
    return fmt::format("Proxies make no spans here: {}, and istiod then takes tracing out without a word.", what);
  }
  return fmt::format("Requests are not logged as meant: {}, and istiod then ignores it without a word.", what);
}

// The name that was meant: the nearest, else the only one.
std::string meant_name(const std::vector<std::string>& candidates, std::string_view name) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const std::string_view nearest = policy::nearest(name, views);
  if (!nearest.empty()) return std::string(nearest);
  return candidates.size() == 1 ? candidates.front() : "";
}

std::vector<std::string> candidates_of(const Model& model, const MeshRevision& mesh, Use use) {
  return use == Use::kTracing ? tracers_of(model, mesh) : loggers_of(mesh);
}

std::string advice(const MeshRevision& mesh, std::string_view name) {
  return fmt::format("Add the provider {} to extensionProviders in {}, or name one that stands there.",
                     policy::in_quotes(name), title_of(mesh));
}

// Of a tracing entry the first name alone is looked at by istiod; the rest is MT0203's.
void look_at_entry(const Model& model, const Object& telemetry, const TelemetryEntry& entry, Use use,
                   Findings& findings) {
  for (const NamedProvider& provider : entry.providers) {
    if (use == Use::kTracing && &provider != &entry.providers.front()) return;
    for (const MeshRevision* mesh : meshes_of(model, telemetry)) {
      const std::string_view kind = kind_of_named(mesh->config, provider.name);
      if (is_fit(kind, use)) continue;
      const std::string meant = meant_name(candidates_of(model, *mesh, use), provider.name);
      findings.add(telemetry, message_of(*mesh, provider.name, kind, use),
                   {.field = provider.field,
                    .fix = meant.empty() ? advice(*mesh, provider.name)
                                         : patch_command(telemetry, replace_field(telemetry, provider.field, meant)),
                    .severity = use == Use::kTracing ? Severity::kError : Severity::kWarning});
      break;  // of several control planes one is enough
    }
  }
}

void look_at_telemetry(const Model& model, const Object& telemetry, Findings& findings) {
  if (!is_in_force(model, telemetry)) return;
  for (const TelemetryEntry& entry : entries_of(telemetry, "tracing")) {
    look_at_entry(model, telemetry, entry, Use::kTracing, findings);
  }
  for (const TelemetryEntry& entry : entries_of(telemetry, "accessLogging")) {
    look_at_entry(model, telemetry, entry, Use::kLogging, findings);
  }
}

void look_at_defaults(const Model& model, const MeshRevision& mesh, const char* list, Use use, Findings& findings) {
  json names = array_member(mesh.config, {"defaultProviders", list});
  for (json& name : names) {
    if (!name.is_string()) continue;
    const std::string stated = name.get<std::string>();
    const std::string_view kind = kind_of_named(mesh.config, stated);
    if (is_fit(kind, use)) continue;
    const std::string meant = meant_name(candidates_of(model, mesh, use), stated);
    json defaults = object_member(mesh.config, {"defaultProviders"});
    name = meant;
    defaults[list] = names;
    findings.add(*mesh.object, message_of(mesh, stated, kind, use),
                 {.field = field_of(mesh, "defaultProviders"),
                  .fix = meant.empty() ? advice(mesh, stated) : mesh_fix(mesh, {{"defaultProviders", defaults}}),
                  .severity = use == Use::kTracing ? Severity::kError : Severity::kWarning});
    return;
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind == Kind::kTelemetry) return look_at_telemetry(model, subject, findings);
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  look_at_defaults(model, *mesh, "tracing", Use::kTracing, findings);
  look_at_defaults(model, *mesh, "accessLogging", Use::kLogging, findings);
}

}  // namespace

const Check kUnknownProvider{
    .code = "MT0202",
    .severity = Severity::kError,
    .title = "provider that the mesh does not have",
    .effect = "The proxies that it holds for make no spans; an access log is not written as stated.",
    .page = R"(A Telemetry or `defaultProviders` names a provider that is not among `extensionProviders` of the mesh's
configuration, or one that cannot do it (an access log named for tracing). istiod says nothing: for tracing it takes
tracing out of the proxies, even where the mesh has a default; for access logs it goes on as if the name were not there.

Names compare without case. `prometheus`, `stackdriver` and `envoy` are built in, of which `envoy` can log and none can
trace. Mend the name, or add the provider to `extensionProviders`.

Limits: nothing is said where the mesh's configuration is not known (files without the ConfigMap `istio`).

Sources: Istio, MeshConfig.ExtensionProvider; pilot/pkg/model/telemetry.go, fetchProvider.)",
    .subjects = kMeshHolders | Kinds{Kind::kTelemetry},
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
