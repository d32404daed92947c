#include "core/mesh/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/mesh/conditions.h"
#include "core/mesh/document.h"
#include "core/mesh/documents.h"
#include "core/mesh/fragment.h"
#include "core/mesh/intent.h"
#include "core/mesh/mesh_view.h"
#include "core/mesh/scope.h"
#include "core/mesh/text_plan.h"
#include "core/mesh/world.h"
#include "core/policy/namespaces.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using policy::Index;
using policy::PolicyScope;

// What one set of policies, with or without those in mode Audit, comes to.
struct Step {
  std::vector<PolicyScope> scopes;
  std::vector<json> documents;
  std::vector<ObjectRef> obsolete;
  std::vector<TextChange> texts;
  std::map<PolicyKey, std::vector<Target>> targets;
  std::map<PolicyKey, std::vector<Problem>> problems;
  std::map<PolicyKey, std::vector<std::string>> notes;
  std::map<PolicyKey, std::vector<std::string>> notices;
};

template <class T>
void append(const std::map<PolicyKey, std::vector<T>>& from, std::map<PolicyKey, std::vector<T>>& to) {
  for (const auto& [policy, items] : from) {
    auto& all = to[policy];
    all.insert(all.end(), items.begin(), items.end());
  }
}

FragmentTarget fragment_for(const MeshConfigMap& config_map) {
  switch (config_map.manager) {
    case MeshManager::kSail:
      return FragmentTarget::kSail;
    case MeshManager::kIstioctl:
      return FragmentTarget::kIstioOperator;
    case MeshManager::kHelm:
    case MeshManager::kNobody:
      break;
  }
  return FragmentTarget::kHelm;
}

Problem managed_elsewhere(const MeshView& mesh, const Facts& facts, const Intent& intent) {
  const MeshConfigMap& config_map = *mesh.config_map;
  const std::string why = facts.mesh_config_writes == MeshConfigWrites::kNever ? "--mesh-config-writes is never"
                          : config_map.managed_by.empty()                      ? "another manager writes it"
                                                                               : config_map.managed_by + " manages it";
  const char* list =
      intent.logs
          ? " (extensionProviders is replaced whole: keep what it has; kubectl meshtrace render prints all of it)"
          : "";
  return {Problem::About::kProgrammed, kReasonManagedElsewhere,
          fmt::format("{} is not written, because {}. Put these values there{}; Programmed turns True when they have "
                      "arrived:\n{}",
                      mesh.name, why, list,
                      fragment_text(fragment_for(config_map), own_mesh_config(intent, config_map.name)))};
}

std::vector<WantedEntry> wanted_entries(const std::vector<Intent>& intents, const MeshView& mesh) {
  std::vector<WantedEntry> wanted;
  for (const Intent& intent : intents) {
    const auto entries = intent.entries.find(mesh.config_map->name);
    if (entries == intent.entries.end()) continue;
    for (const EntryEdit& edit : entries->second) {
      const json* without_us = find_entry(mesh.original, edit.entry);
      // What the text says by itself is nothing of ours.
      if (without_us == nullptr || *without_us != edit.value) wanted.push_back({intent.policy, edit});
    }
  }
  return wanted;
}

void plan_texts(const World& world, const std::vector<Intent>& intents, Step& step) {
  for (const MeshView& mesh : world.meshes) {
    TextPlan text = plan_text(mesh, wanted_entries(intents, mesh), world.telemetries.logging_providers(), world.facts);
    append(text.targets, step.targets);
    append(text.problems, step.problems);
    append(text.notices, step.notices);
    for (const Intent& intent : intents) {
      if (!text.managed_elsewhere.contains(intent.policy)) continue;
      step.problems[intent.policy].push_back(managed_elsewhere(mesh, world.facts, intent));
    }
    if (text.change) step.texts.push_back(*std::move(text.change));
  }
}

// Texts that may not be read: what the statuses record of them is neither taken back nor forgotten.
void keep_unreadable(const Facts& facts, Step& step) {
  if (!facts.missing_kinds.contains("ConfigMap")) return;
  for (const auto& [policy, targets] : facts.recorded) {
    for (const Target& target : targets) {
      if (target.kind == "ConfigMap" && !target.applied.empty()) step.targets[policy].push_back(target);
    }
  }
}

Step make_step(const Index& policies, Index::Modes modes, const World& world) {
  Step step;
  step.scopes = policies.scopes(modes);
  std::vector<Intent> intents = make_intents(step.scopes, world);
  DocumentPlanner documents(world);
  for (Intent& intent : intents) documents.settle_telemetry(intent);
  plan_texts(world, intents, step);
  keep_unreadable(world.facts, step);
  for (Intent& intent : intents) {
    documents.add(intent);
    auto& problems = step.problems[intent.policy];
    problems.insert(problems.begin(), intent.problems.begin(), intent.problems.end());
    step.notes[intent.policy] = intent.notes;
  }
  append(documents.targets(), step.targets);
  step.documents = documents.documents();
  step.obsolete = documents.obsolete();
  return step;
}

// The policy that holds wherever this one would; empty where this one holds somewhere.
std::string winner_over(const policy::TracingPolicy& policy, const std::vector<PolicyScope>& scopes) {
  for (const PolicyScope& scope : scopes) {
    if (scope.policy != &policy) continue;  // both are the index's own
    const policy::TracingPolicy* older = shadowed_by(scope, scopes);
    return older == nullptr ? std::string() : older->name;
  }
  const auto winner = std::find_if(scopes.begin(), scopes.end(), [&](const PolicyScope& scope) {
    return scope.policy->ns == policy.ns && scope.policy->match_labels.empty();
  });
  return winner == scopes.end() ? std::string() : winner->policy->name;
}

template <class T>
T of(const std::map<PolicyKey, T>& all, const PolicyKey& policy) {
  const auto found = all.find(policy);
  return found == all.end() ? T() : found->second;
}

void sort_targets(std::vector<Target>& targets) {
  const auto place = [](const Target& target) {
    return std::tie(target.kind, target.ns, target.name, target.field, target.applied);
  };
  std::sort(targets.begin(), targets.end(), [&](const Target& a, const Target& b) { return place(a) < place(b); });
}

bool has_entry(const std::vector<Target>& targets) {
  return std::any_of(targets.begin(), targets.end(),
                     [](const Target& target) { return target.kind == "ConfigMap" && !target.applied.empty(); });
}

Verdict verdict_on(const policy::TracingPolicy& policy, const Index& policies, const Facts& facts, const Step& step) {
  const PolicyKey key = key_of(policy);
  const bool in_root = policy.ns == policies.root_namespace();
  Verdict verdict;
  verdict.policy = &policy;
  verdict.covered = in_root || !policy::is_excluded_namespace(policy.ns, policies.root_namespace());
  if (verdict.covered) verdict.winner = winner_over(policy, step.scopes);
  verdict.overlaps = of(facts.overlaps, key);
  verdict.problems = of(step.problems, key);
  verdict.notes = of(step.notes, key);
  verdict.targets = of(step.targets, key);
  return verdict;
}

Outcome outcome_of(Verdict verdict, std::vector<std::string> notices) {
  Outcome outcome;
  sort_targets(verdict.targets);
  outcome.conditions = conditions_of(verdict);
  outcome.needs_finalizer = has_entry(verdict.targets);
  outcome.targets = std::move(verdict.targets);
  outcome.notices = std::move(notices);
  return outcome;
}

// An Audit policy: what a plan with it in force would do, and what is left of a time when it was enforced.
Outcome audited(const policy::TracingPolicy& policy, const Index& policies, const Facts& facts, const Step& enforced,
                const Step& with_audit) {
  const PolicyKey key = key_of(policy);
  Verdict verdict = verdict_on(policy, policies, facts, with_audit);
  const std::vector<Target> left = of(enforced.targets, key);
  std::erase_if(verdict.targets,
                [&](const Target& target) { return std::find(left.begin(), left.end(), target) != left.end(); });
  for (Target& target : verdict.targets) {
    target.state = kStateWouldApply;
    target.applied.clear();
    target.previous.reset();
  }
  verdict.targets.insert(verdict.targets.end(), left.begin(), left.end());
  return outcome_of(std::move(verdict), of(enforced.notices, key));
}

Outcome deleted(const PolicyKey& key, const Facts& facts, const Step& step) {
  Outcome outcome;
  outcome.targets = of(step.targets, key);
  for (const Target& target : of(facts.recorded, key)) {
    const ObjectRef ref{target.kind, target.ns, target.name};
    if (std::find(step.obsolete.begin(), step.obsolete.end(), ref) != step.obsolete.end()) {
      outcome.targets.push_back(target);
    }
  }
  sort_targets(outcome.targets);
  outcome.conditions = conditions_of_deleted(outcome.targets, of(step.problems, key));
  outcome.needs_finalizer = !outcome.targets.empty();
  outcome.notices = of(step.notices, key);
  return outcome;
}

}  // namespace

Plan make_plan(const Index& policies, const Facts& facts) {
  const World world(facts);
  const Step enforced = make_step(policies, Index::Modes::kEnforced, world);
  std::optional<Step> with_audit;

  Plan plan;
  for (const policy::TracingPolicy& policy : policies.policies()) {
    const PolicyKey key = key_of(policy);
    if (policy.mode == policy::Mode::kEnforce) {
      plan.outcomes[key] = outcome_of(verdict_on(policy, policies, facts, enforced), of(enforced.notices, key));
      continue;
    }
    if (!with_audit) with_audit = make_step(policies, Index::Modes::kEnforcedAndAudited, world);
    plan.outcomes[key] = audited(policy, policies, facts, enforced, *with_audit);
  }
  for (const PolicyKey& key : facts.deleting) plan.outcomes[key] = deleted(key, facts, enforced);
  plan.documents = enforced.documents;
  plan.obsolete = enforced.obsolete;
  plan.texts = enforced.texts;
  return plan;
}

}  // namespace meshtrace::mesh
