#include "core/audit/checks/telemetry_scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/audit/mesh_revisions.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

constexpr const char* kGatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

bool is_read_by(const MeshRevision& revision, const Object& telemetry) {
  const std::string stated = telemetry.label(kRevisionLabel);
  return stated.empty() || stated == revision.name;
}

}  // namespace

std::vector<TelemetryEntry> entries_of(const Object& telemetry, const char* list) {
  std::vector<TelemetryEntry> entries;
  for (const nlohmann::json& json : array_member(telemetry.spec(), {list})) {
    TelemetryEntry entry{&json, fmt::format("spec.{}[{}]", list, entries.size()), {}};
    std::size_t index = 0;
    for (const nlohmann::json& provider : array_member(json, {"providers"})) {
      entry.providers.push_back(
          {string_member(provider, {"name"}), fmt::format("{}.providers[{}].name", entry.field, index++)});
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::map<std::string, std::string> scope_labels_of(const Object& telemetry) {
  std::map<std::string, std::string> labels = selector_of(telemetry);
  for (const nlohmann::json* ref : target_refs_of(telemetry).refs) {
    if (string_member(*ref, {"kind"}) == "Gateway") labels.emplace(kGatewayNameLabel, string_member(*ref, {"name"}));
  }
  return labels;
}

bool is_in_force(const Model& model, const Object& telemetry) {
  if (!selector_of(telemetry).empty() || !target_refs_of(telemetry).refs.empty()) return true;
  std::string revision = telemetry.label(kRevisionLabel);
  if (revision.empty()) revision = kDefaultRevision;
  return model.mesh.telemetries().of_namespace(telemetry.ref.ns, revision) == &telemetry;
}

bool is_for_gateways(const Model& model, const Object& telemetry) {
  if (!target_refs_of(telemetry).refs.empty()) return true;
  const auto selector = selector_of(telemetry);
  if (selector.empty()) return false;
  const auto reached = model.workloads.selected(telemetry.ref.ns, selector);
  return !reached.empty() &&
         std::all_of(reached.begin(), reached.end(), [](const Workload* workload) { return workload->is_gateway; });
}

std::vector<const MeshRevision*> meshes_of(const Model& model, const Object& telemetry) {
  std::vector<const MeshRevision*> meshes;
  const auto add = [&](const MeshRevision* revision) {
    if (revision != nullptr && revision->readable && is_read_by(*revision, telemetry)) meshes.push_back(revision);
  };
  const auto labels = scope_labels_of(telemetry);
  if (labels.empty() && telemetry.ref.ns == model.snapshot.root_namespace()) {
    for (const MeshRevision& revision : model.mesh.revisions()) add(&revision);
  } else {
    add(model.mesh.revision_of(telemetry.ref.ns, labels));
  }
  return meshes;
}

}  // namespace meshtrace::audit
