#include "core/mesh/simulate.h"

#include <map>
#include <utility>

#include "core/mesh/document.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

// Some objects by name, so that a large mesh is not searched for each document.
class Objects {
 public:
  explicit Objects(std::vector<json>& list) : list_(list) {
    for (json& object : list) {
      ObjectRef ref = ref_of(object);
      by_ref_.emplace(std::move(ref), std::move(object));
    }
  }
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;
  ~Objects() {
    list_.clear();
    for (auto& [ref, object] : by_ref_) list_.push_back(std::move(object));
  }

  void apply(const json& document) {
    const auto [standing, added] = by_ref_.try_emplace(ref_of(document), document);
    if (added) return;
    standing->second["spec"] = document["spec"];
    standing->second["metadata"].merge_patch(document["metadata"]);
  }
  void remove(const ObjectRef& ref) { by_ref_.erase(ref); }

 private:
  std::vector<json>& list_;
  std::map<ObjectRef, json> by_ref_;
};

void write_documents(const Plan& plan, Facts& facts) {
  Objects telemetries(facts.telemetries);
  Objects filters(facts.envoy_filters);
  const auto of = [&](const std::string& kind) -> Objects& { return kind == "Telemetry" ? telemetries : filters; };
  for (const json& document : plan.documents) of(ref_of(document).kind).apply(document);
  for (const ObjectRef& ref : plan.obsolete) of(ref.kind).remove(ref);
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
  write_documents(plan, facts);
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
