#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/mesh/mesh_text.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr mesh::Version kKnowsBoth{1, 28, 0};

// Workloads whose proxy traces by this provider in B3 alone, and whose application reads W3C and no B3.
struct Victims {
  const Workload* first = nullptr;
  std::size_t count = 0;
};

Victims victims_of(const Model& model, const MeshRevision& revision, const std::string& provider) {
  Victims victims;
  for (const Workload& workload : model.workloads.all()) {
    if (workload.mesh != MeshMode::kSidecar || workload.is_gateway) continue;
    if (model.mesh.revision_of(workload.ns, workload.labels) != &revision) continue;
    const Tracing tracing = model.mesh.tracing(workload, Direction::kServer);
    if (tracing.provider != provider || !proxy_speaks_b3_only(model, workload)) continue;
    const auto spoken = spoken_by(model, workload);
    if (!spoken || !spoken->reads.contains("W3C") || spoken->reads.contains("B3")) continue;
    if (victims.count++ == 0) victims.first = &workload;
  }
  return victims;
}

std::string fix_of(const Model& model, const MeshRevision& revision, std::size_t index, const std::string& provider) {
  if (model.mesh.istio() && *model.mesh.istio() < kKnowsBoth) {
    return fmt::format(
        "Trace by an opentelemetry provider instead of {}, or upgrade to Istio 1.28 and set its "
        "traceContextOption: USE_B3_WITH_W3C_PROPAGATION.",
        policy::in_quotes(provider));
  }
  constexpr const char* kBoth = "USE_B3_WITH_W3C_PROPAGATION";
  if (revision.config_map == nullptr) {
    const std::string field = fmt::format("{}.extensionProviders[{}].zipkin.traceContextOption", revision.field, index);
    return patch_command(*revision.object, replace_field(*revision.object, field, kBoth));
  }
  // The one provider alone is written anew: comments and quotes of all others stay.
  json entry = array_member(revision.config, {"extensionProviders"})[index];
  entry["zipkin"]["traceContextOption"] = kBoth;
  const auto edited = mesh::edit_mesh_text("", revision.text, {{{"extensionProviders", provider}, std::move(entry)}});
  if (!edited)
    return fmt::format("Set zipkin.traceContextOption: {} in the provider {}.", kBoth, policy::in_quotes(provider));
  return patch_command(*revision.config_map, replace_field(*revision.config_map, "data.mesh", edited->text));
}

void look_at(const Model& model, const Object& subject, const MeshRevision& revision, Findings& findings) {
  const json& providers = array_member(revision.config, {"extensionProviders"});
  for (std::size_t i = 0; i < providers.size(); ++i) {
    if (find_member(providers[i], {"zipkin"}) == nullptr) continue;
    const std::string name = string_member(providers[i], {"name"});
    const Victims victims = victims_of(model, revision, name);
    if (victims.count == 0) continue;
    findings.add(
        subject,
        fmt::format("Proxies and applications write two traces for one request: the zipkin provider {} reads "
                    "and writes B3 alone, and W3C is what applications beside such proxies speak ({} of them, as {}).",
                    policy::in_quotes(name), victims.count, victims.first->object->ref.title()),
        {.field = revision.field, .fix = fix_of(model, revision, i, name)});
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (const MeshRevision* revision = mesh_of(model, subject)) look_at(model, subject, *revision, findings);
}

}  // namespace

const Check kZipkinB3{
    .code = "MT0301",
    .severity = Severity::kWarning,
    .title = "zipkin provider speaks B3 alone, applications speak W3C",
    .effect = "Spans of the proxies and spans of the applications are in different traces.",
    .page = R"(Envoy's Zipkin tracer reads and writes B3 headers. An application with an OpenTelemetry SDK reads and
writes `traceparent`. Each side passes the other's header on untouched and never joins it, so that a request has two
traces: one of proxies, one of applications.

Since Istio 1.28 the provider can read and write both: `traceContextOption: USE_B3_WITH_W3C_PROPAGATION`. Before that,
use an `opentelemetry` provider (Istio 1.16), which speaks W3C.

The check compares the provider in effect for each workload with a sidecar (Telemetry over mesh defaults) with
`OTEL_PROPAGATORS` of its containers, or its default where other `OTEL_` variables are there.

Limits: applications without any such variable are not judged.

Sources: Istio, `MeshConfig.ExtensionProvider.ZipkinTracingProvider`; Envoy, "Zipkin tracer".)",
    .subjects = kMeshHolders,
    .reads = kFormatInputs,
    .run = run,
};

}  // namespace meshtrace::audit
