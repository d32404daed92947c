#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

void look_at_list(const Object& telemetry, const TelemetryEntry& entry, Findings& findings) {
  if (entry.providers.size() < 2) return;
  // From the end, so that no index moves before it is used.
  std::vector<json> operations;
  for (std::size_t index = entry.providers.size() - 1; index > 0; --index) {
    for (json& operation : remove_field(telemetry, fmt::format("{}.providers[{}]", entry.field, index))) {
      operations.push_back(std::move(operation));
    }
  }
  findings.add(telemetry,
               fmt::format("{} gets no spans: of several tracing providers istiod takes the first, {}, alone.",
                           policy::in_quotes(entry.providers[1].name), policy::in_quotes(entry.providers[0].name)),
               {.field = entry.providers[1].field, .fix = patch_command(telemetry, operations)});
}

// Two entries for one direction: the later one's provider holds.
void look_at_entries(const Object& telemetry, const std::vector<TelemetryEntry>& entries, Findings& findings) {
  for (const Direction direction : {Direction::kClient, Direction::kServer}) {
    const TelemetryEntry* earlier = nullptr;
    for (const TelemetryEntry& entry : entries) {
      if (entry.providers.empty() || !holds_for(*entry.json, direction)) continue;
      if (earlier != nullptr && earlier->providers[0].name != entry.providers[0].name) {
        findings.add(
            telemetry,
            fmt::format("{} gets no spans of the {} side: a later entry of the same Telemetry names {} for it, "
                        "and istiod takes one provider alone.",
                        policy::in_quotes(earlier->providers[0].name),
                        direction == Direction::kClient ? "client" : "server",
                        policy::in_quotes(entry.providers[0].name)),
            {.field = earlier->field, .fix = patch_command(telemetry, remove_field(telemetry, earlier->field))});
        return;
      }
      earlier = &entry;
    }
  }
}

void look_at_defaults(const MeshRevision& mesh, Findings& findings) {
  const json& names = array_member(mesh.config, {"defaultProviders", "tracing"});
  if (names.size() < 2) return;
  json defaults = object_member(mesh.config, {"defaultProviders"});
  defaults["tracing"] = json::array({names[0]});
  const auto text = [](const json& name) { return policy::in_quotes(name.is_string() ? name.get<std::string>() : ""); };
  findings.add(*mesh.object,
               fmt::format("{} gets no spans: of several defaultProviders istiod takes the first, {}, alone.",
                           text(names[1]), text(names[0])),
               {.field = field_of(mesh, "defaultProviders.tracing"),
                .fix = mesh_fix(mesh, {{"defaultProviders", std::move(defaults)}})});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind != Kind::kTelemetry) {
    const MeshRevision* mesh = mesh_of(model, subject);
    if (mesh != nullptr) look_at_defaults(*mesh, findings);
    return;
  }
  if (!is_in_force(model, subject)) return;
  const auto entries = entries_of(subject, "tracing");
  for (const TelemetryEntry& entry : entries) look_at_list(subject, entry, findings);
  look_at_entries(subject, entries, findings);
}

}  // namespace

const Check kSeveralProviders{
    .code = "MT0203",
    .severity = Severity::kWarning,
    .title = "several tracing providers named",
    .effect = "All providers but one get no spans: whoever looks there sees no trace.",
    .page =
        R"(A Telemetry's `tracing[].providers`, or `defaultProviders.tracing`, lists more than one provider, or two entries
for the same direction name different ones. istiod configures one tracer a proxy: the first of a list, the last of
several entries. The others are ignored without a word, as they are while somebody moves from one collector to the next.

To send spans to two places, send them to an OpenTelemetry Collector and let it export to both. An entry for CLIENT and
one for SERVER with different providers are two tracers, and fine.

Sources: Istio, pilot/pkg/model/telemetry.go ("we only support a single provider per mode").)",
    .subjects = kMeshHolders | Kinds{Kind::kTelemetry},
    .reads = kMeshKinds,
    .run = run,
};

}  // namespace meshtrace::audit
