#include "core/mesh/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mesh/document.h"
#include "core/mesh/envoy_filter.h"
#include "core/mesh/plan.h"
#include "core/mesh/refusal.h"
#include "core/mesh/shape.h"
#include "core/mesh/telemetry.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using About = Problem::About;

constexpr const char* kTelemetry = "Telemetry";
constexpr const char* kEnvoyFilter = "EnvoyFilter";

Target target_of(const ObjectRef& ref, const json& spec) {
  Target target;
  target.kind = ref.kind;
  target.ns = ref.ns;
  target.name = ref.name;
  target.field = "spec";
  target.applied = hash_of(spec);
  return target;
}

ObjectRef ref_for(const Intent& intent, const char* kind) {
  return {kind, intent.policy.first, document_name(intent.policy.second)};
}

Problem rival_problem(const json& rival, const json& spec) {
  json wanted = spec;
  wanted.erase("selector");
  const ObjectRef ref = ref_of(rival);
  return {About::kProgrammed, kReasonTelemetryConflict,
          fmt::format("Telemetry {}/{} has the same scope, and Istio would ignore one of the two, so ours is not "
                      "written: add to its spec {}",
                      ref.ns, ref.name, wanted.dump())};
}

}  // namespace

json DocumentPlanner::full_spec(const Intent& intent) const {
  return telemetry_spec(*intent.scope.policy, intent.tracing.entry, access_logging(intent, world_));
}

bool DocumentPlanner::is_served(Intent& intent, const char* kind) {
  if (!world_.facts.missing_kinds.contains(kind)) return true;
  intent.problems.push_back({About::kResolvedRefs, kReasonKindNotServed,
                             fmt::format("the API server does not serve {}: install Istio's CRDs (istio-base); what "
                                         "needs it is not written",
                                         kind)});
  return false;
}

// True where proxies refused this very spec or another manager keeps undoing it.
bool DocumentPlanner::refuse(Intent& intent, const char* kind, const json& spec) {
  const ObjectRef ref = ref_for(intent, kind);
  const Target* refused = refusal_of(world_.facts, intent.policy, target_of(ref, spec));
  if (refused == nullptr) return false;
  intent.problems.push_back(refusal_problem(*refused));
  targets_[intent.policy].push_back(*refused);
  if (refused->state == kStateReverted) left_alone_.insert(ref);
  return true;
}

// Whether proxies refused the scope's provider, or another manager keeps taking it out.
bool DocumentPlanner::provider_is_refused(const Intent& intent) const {
  return std::any_of(world_.meshes.begin(), world_.meshes.end(), [&](const MeshView& mesh) {
    const EntryEdit* provider = intent.provider(mesh.config_map->name);
    if (provider == nullptr) return false;
    const Target place = entry_target(world_.facts, mesh, provider->entry, provider->value);
    return refusal_of(world_.facts, intent.policy, place) != nullptr;
  });
}

void DocumentPlanner::settle_telemetry(Intent& intent) {
  // The text's plan remembers the refusal; no Telemetry may name the provider while it does.
  if (provider_is_refused(intent)) intent.logs = false;
  const json spec = full_spec(intent);
  Telemetry& decision = telemetry_[intent.policy];
  decision = Telemetry::kNone;
  if (spec.is_null()) return;
  decision = Telemetry::kImpossible;
  const bool possible = is_served(intent, kTelemetry) && !refuse(intent, kTelemetry, spec);
  if (!possible) {
    intent.drop_logging();
    return;
  }
  const json* rival = world_.telemetries.others(intent.policy.first, intent.scope.policy->match_labels);
  if (rival == nullptr) {
    decision = Telemetry::kOurs;
  } else if (says_the_same(*rival, spec)) {
    decision = Telemetry::kTheirs;
  } else {
    // Its provider stays wanted: the other Telemetry is to name it.
    intent.problems.push_back(rival_problem(*rival, spec));
  }
}

// What our Telemetry says about the access log now, as long as every provider of ours in it stands.
json DocumentPlanner::standing_logging(const Intent& intent) const {
  const auto ours = world_.ours.find(ref_for(intent, kTelemetry));
  if (ours == world_.ours.end()) return json::array();
  json logging = array_at(object_at(*ours->second, "spec"), "accessLogging");
  for (const json& entry : logging) {
    for (const std::string& name : provider_names(entry)) {
      const Entry provider{"extensionProviders", name};
      const bool stands = !name.starts_with(kProviderPrefix) ||
                          std::any_of(world_.meshes.begin(), world_.meshes.end(), [&](const MeshView& mesh) {
                            return find_entry(mesh.current, provider) != nullptr;
                          });
      if (!stands) return json::array();
    }
  }
  return logging;
}

json DocumentPlanner::spec_now(const Intent& intent, bool filter_stands) const {
  json tracing = intent.tracing.entry;
  if (intent.tracing.gateway_sampling && !filter_stands) {
    tracing = without_gateways(std::move(tracing), *intent.tracing.gateway_sampling);
  }
  json logging = json::array();
  if (intent.logs) {
    // The old provider goes on until the new one stands.
    logging = providers_stand(intent, world_) ? access_logging(intent, world_) : standing_logging(intent);
  }
  return telemetry_spec(*intent.scope.policy, tracing, logging);
}

void DocumentPlanner::add_document(Intent& intent, const char* kind, json spec) {
  const ObjectRef ref = ref_for(intent, kind);
  Target target = target_of(ref, spec);
  json document = make_document(kind, *intent.scope.policy, std::move(spec));
  const auto standing = world_.ours.find(ref);
  target.state = standing != world_.ours.end() && stands(*standing->second, document) ? kStateApplied : kStatePending;
  targets_[intent.policy].push_back(std::move(target));
  documents_[ref] = std::move(document);
}

// True where the EnvoyFilter stands as it should, or none is needed.
bool DocumentPlanner::add_envoy_filter(Intent& intent) {
  json spec = envoy_filter_spec(intent.settings, intent.scope.level, intent.scope.policy->match_labels, intent.rank);
  if (spec.is_null()) return true;
  if (!is_served(intent, kEnvoyFilter) || refuse(intent, kEnvoyFilter, spec)) return false;
  add_document(intent, kEnvoyFilter, std::move(spec));
  return targets_[intent.policy].back().state == kStateApplied;
}

void DocumentPlanner::add(Intent& intent) {
  const Telemetry decision = telemetry_[intent.policy];
  // A merge into a connection manager that does not trace would begin to.
  if (decision == Telemetry::kImpossible) intent.settings.gateway_sampling.reset();
  const bool filter_stands = add_envoy_filter(intent);
  if (decision != Telemetry::kOurs) return;
  json spec = spec_now(intent, filter_stands);
  if (spec.is_null() || refuse(intent, kTelemetry, spec)) return;
  add_document(intent, kTelemetry, std::move(spec));
}

std::vector<json> DocumentPlanner::documents() const {
  std::vector<json> all;
  for (const auto& [ref, document] : documents_) all.push_back(document);
  return all;
}

std::vector<ObjectRef> DocumentPlanner::obsolete() const {
  std::vector<ObjectRef> gone;
  for (const auto& [ref, object] : world_.ours) {
    if (!documents_.contains(ref) && !left_alone_.contains(ref)) gone.push_back(ref);
  }
  std::reverse(gone.begin(), gone.end());  // by kind: Telemetries first
  return gone;
}

}  // namespace meshtrace::mesh
