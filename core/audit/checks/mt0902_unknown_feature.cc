#include <fmt/format.h>

#include <array>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// A member of extensionProviders or spec.tracing, and the Istio that brought it.
struct Feature {
  const char* kind;    // of the provider; null: of a Telemetry's tracing entry
  const char* member;  // null: the kind itself
  mesh::Version since;
  std::string_view without;  // what happens before
};

constexpr std::string_view kIgnored = "it is ignored";

// By Istio's change notes. Zipkin's and disableContextPropagation are gated by istiod by the proxy's version.
constexpr std::array kFeatures{
    Feature{"envoyFileAccessLog", "logFormat", {1, 13, 0}, "the default format is logged"},
    Feature{"opentelemetry", nullptr, {1, 16, 0}, "proxies make no spans"},
    Feature{"opentelemetry", "http", {1, 22, 0}, "proxies speak gRPC instead"},
    Feature{"opentelemetry", "resourceDetectors", {1, 22, 0}, kIgnored},
    Feature{"opentelemetry", "dynatraceSampler", {1, 22, 0}, kIgnored},
    Feature{"opentelemetry", "grpc", {1, 24, 0}, kIgnored},
    Feature{"zipkin", "path", {1, 24, 0}, kIgnored},
    Feature{"zipkin", "traceContextOption", {1, 28, 0}, "proxies read and write B3 alone, and no traceparent"},
    Feature{"zipkin", "timeout", {1, 29, 0}, kIgnored},
    Feature{"zipkin", "headers", {1, 29, 0}, "spans are sent without them"},
    Feature{nullptr, "disableContextPropagation", {1, 30, 0}, "trace headers are written all the same"},
};

// Whether the member asks for anything at all.
bool is_stated(const json& settings, const char* member) {
  if (member == nullptr) return true;
  const json* value = find_member(settings, {member});
  return value != nullptr && !value->is_null() && *value != false && *value != "USE_B3";
}

void look_at(const Model& model, const Object& object, const json& parent, const std::string& field, bool is_provider,
             Findings& findings) {
  for (const Feature& feature : kFeatures) {
    if (*model.mesh.istio() >= feature.since || is_provider != (feature.kind != nullptr)) continue;
    const json* settings = is_provider ? find_member(parent, {feature.kind}) : &parent;
    if (settings == nullptr || !is_stated(*settings, feature.member)) continue;
    std::string name = is_provider ? feature.kind : "";
    if (feature.member != nullptr) name += (name.empty() ? "" : ".") + std::string(feature.member);
    findings.add(object,
                 fmt::format("{} came with Istio {}.{}, and {} runs here: {}.", name, feature.since.major,
                             feature.since.minor, model.mesh.istio()->text(), feature.without),
                 {.field = field + "." + name,
                  .fix = fmt::format("Upgrade Istio to {}.{} or later, or take {} out.", feature.since.major,
                                     feature.since.minor, name)});
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (!model.mesh.istio()) return;
  if (subject.kind == Kind::kTelemetry) {
    if (!is_in_force(model, subject)) return;
    for (const TelemetryEntry& entry : entries_of(subject, "tracing")) {
      look_at(model, subject, *entry.json, entry.field, /*is_provider=*/false, findings);
    }
    return;
  }
  const MeshRevision* mesh = mesh_of(model, subject);
  if (mesh == nullptr) return;
  std::size_t index = 0;
  for (const json& entry : array_member(mesh->config, {"extensionProviders"})) {
    const std::string field = field_of(*mesh, fmt::format("extensionProviders[{}]", index++));
    look_at(model, subject, entry, field, /*is_provider=*/true, findings);
  }
}

}  // namespace

const Check kUnknownFeature{
    .code = "MT0902",
    .severity = Severity::kWarning,
    .title = "setting that the running Istio does not know",
    .effect = "Nothing happens: spans, headers or log fields that the setting is for do not appear.",
    .page =
        R"(The mesh's configuration or a Telemetry uses a setting that came with a later Istio than the oldest control plane of
this mesh runs: `envoyFileAccessLog.logFormat` (1.13), the `opentelemetry` provider (1.16; `http`, `resourceDetectors` and
`dynatraceSampler` 1.22; `grpc` 1.24), of `zipkin` `path` (1.24), `traceContextOption` (1.28), `timeout` and `headers`
(1.29), and `disableContextPropagation` (1.30). Unknown fields are dropped or skipped without a word.

The version is istiod's by its image, or `--istio-version`. Where it is not known, nothing is said. Proxies may be older
than the control plane: restart workloads after an upgrade.

Sources: Istio's change notes of these releases; pilot/pkg/networking/core/tracing.go, which asks for the proxy's version.)",
    .subjects = kMeshHolders | Kinds{Kind::kTelemetry},
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
