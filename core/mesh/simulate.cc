#include "core/mesh/simulate.h"

#include <algorithm>
#include <utility>

#include "core/mesh/document.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

std::vector<json>& objects_of(Facts& facts, const std::string& kind) {
  return kind == "Telemetry" ? facts.telemetries : facts.envoy_filters;
}

void remove(Facts& facts, const ObjectRef& ref) {
  std::erase_if(objects_of(facts, ref.kind), [&](const json& object) { return ref_of(object) == ref; });
}

void apply(Facts& facts, const json& document) {
  const ObjectRef ref = ref_of(document);
  auto& objects = objects_of(facts, ref.kind);
  const auto standing =
      std::find_if(objects.begin(), objects.end(), [&](const json& object) { return ref_of(object) == ref; });
  if (standing == objects.end()) {
    objects.push_back(document);
  } else {
    (*standing)["spec"] = document["spec"];
    (*standing)["metadata"].merge_patch(document["metadata"]);
  }
}

void change(Facts& facts, const TextChange& text) {
  for (MeshConfigMap& config_map : facts.config_maps) {
    if (config_map.name != text.config_map) continue;
    config_map.text = text.remove_key ? std::nullopt : std::optional(text.text);
  }
}

void record(Facts& facts, const Plan& plan) {
  for (const auto& [policy, outcome] : plan.outcomes) {
    facts.recorded[policy] = outcome.targets;
    if (outcome.targets.empty()) facts.recorded.erase(policy);
    if (!outcome.needs_finalizer) facts.deleting.erase(policy);
  }
}

// Whether the plan would change nothing of what the facts show, but for words in conditions.
bool is_done(const Plan& plan, const Facts& facts) {
  if (!plan.texts.empty() || !plan.obsolete.empty() || !facts.deleting.empty()) return false;
  Facts next = after(plan, facts);
  return next.recorded == facts.recorded && next.telemetries == facts.telemetries &&
         next.envoy_filters == facts.envoy_filters;
}

}  // namespace

Facts after(const Plan& plan, Facts facts) {
  record(facts, plan);
  for (const TextChange& text : plan.texts) change(facts, text);
  for (const json& document : plan.documents) apply(facts, document);
  for (const ObjectRef& ref : plan.obsolete) remove(facts, ref);
  return facts;
}

Settled settle(const policy::Index& policies, Facts facts) {
  Settled settled;
  for (int step = 0; step < kMaxSteps; ++step) {
    settled.plan = make_plan(policies, facts);
    settled.quiet = is_done(settled.plan, facts);
    if (settled.quiet) break;
    facts = after(settled.plan, std::move(facts));
  }
  settled.facts = std::move(facts);
  return settled;
}

}  // namespace meshtrace::mesh
