#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/provider_service.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/mesh/tracing_provider.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// The mesh's configuration with the provider as it was meant, or the Service's port.
std::string fix_of(const MeshRevision& mesh, const json& entry, const TargetProblem& problem) {
  if (!problem.fix.empty()) return problem.fix;
  if (problem.meant.is_null()) {
    return fmt::format("Mend service and port of the provider {} in {}, or the Service.",
                       policy::in_quotes(string_member(entry, {"name"})), title_of(mesh));
  }
  json providers = array_member(mesh.config, {"extensionProviders"});
  for (json& provider : providers) {
    if (provider == entry) provider[std::string(kind_of_provider(entry))].update(problem.meant);
  }
  return mesh_fix(mesh, {{"extensionProviders", std::move(providers)}});
}

// About the provider of that name, where something names it.
void look_at(const Model& model, const MeshRevision& mesh, std::string_view name, const Object& by,
             const std::string& field, Findings& findings) {
  const json* entry = mesh::find_provider(mesh.config, name);
  const auto target = entry == nullptr ? std::nullopt : target_of(*entry);
  if (!target) return;
  const TargetProblem problem = find_problem(model.snapshot, *target);
  if (problem.message.empty()) return;
  const bool traces = is_tracer(kind_of_provider(*entry));
  findings.add(by,
               fmt::format("{}: the provider {} reports to nobody, since {}.",
                           traces ? "No span of a proxy arrives" : "No line of the access log arrives",
                           policy::in_quotes(name), problem.message),
               {.field = field,
                .fix = fix_of(mesh, *entry, problem),
                .severity = traces && problem.is_sure ? Severity::kError : Severity::kWarning});
}

void look_at_telemetry(const Model& model, const Object& telemetry, Findings& findings) {
  if (!is_in_force(model, telemetry)) return;
  for (const char* list : {"tracing", "accessLogging"}) {
    for (const TelemetryEntry& entry : entries_of(telemetry, list)) {
      for (const NamedProvider& provider : entry.providers) {
        for (const MeshRevision* mesh : meshes_of(model, telemetry)) {
          look_at(model, *mesh, provider.name, telemetry, provider.field, findings);
        }
        if (std::string_view(list) == "tracing") break;  // the first alone is in force
      }
    }
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind == Kind::kTelemetry) return look_at_telemetry(model, subject, findings);
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  for (const char* list : {"tracing", "accessLogging"}) {
    for (const json& name : array_member(mesh->config, {"defaultProviders", list})) {
      if (name.is_string()) {
        look_at(model, *mesh, name.get<std::string>(), subject, field_of(*mesh, "defaultProviders"), findings);
      }
    }
  }
}

}  // namespace

const Check kProviderService{
    .code = "MT0211",
    .severity = Severity::kError,
    .title = "provider whose Service does not answer",
    .effect = "Proxies send no spans, and where istiod does not find the Service they take no part in tracing at all.",
    .page =
        R"(A provider that a Telemetry or `defaultProviders` names reports to a Service that istiod does not find: it does not
exist, its name is no whole host name (`otel-collector` instead of `otel-collector.observability.svc.cluster.local`;
unlike elsewhere in Istio short names are not completed), or two namespaces declare the host. istiod then takes tracing
out of the proxies without a word. Or the Service has no such port, or one whose name or `appProtocol` says another
protocol: gRPC (`opentelemetry` without `http`, `skywalking`) needs `grpc` or `http2`, because else proxies speak
HTTP/1.1 to it; `zipkin`, `datadog` and `opentelemetry.http` must not have one of these.

The finding is on the Telemetry that names the provider; what is to be edited is mostly `extensionProviders`.

Limits: Services must be known; in files without any of the Service's namespace it is a warning; hosts outside of the cluster are looked up among ServiceEntries if these are.

Sources: Istio, pilot/pkg/model/telemetry_logging.go, LookupCluster; Istio, "Protocol selection".)",
    .subjects = kMeshHolders | Kinds{Kind::kTelemetry},
    .reads = kMeshKinds | Kinds{Kind::kService, Kind::kServiceEntry},
    .run = run,
};

}  // namespace meshtrace::audit
