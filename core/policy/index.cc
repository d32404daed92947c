#include "core/policy/index.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace meshtrace::policy {
namespace {

// Policies with a selector first; then the older, where one without a timestamp is the youngest; then by name.
bool claims_before(const TracingPolicy* a, const TracingPolicy* b) {
  const auto key = [](const TracingPolicy& policy) {
    return std::tuple(policy.match_labels.empty(), policy.creation_timestamp.empty(),
                      std::string_view(policy.creation_timestamp), std::string_view(policy.name));
  };
  return key(*a) < key(*b);
}

}  // namespace

Index::Index(std::vector<TracingPolicy> policies, std::string root_namespace)
    : root_namespace_(std::move(root_namespace)), policies_(std::move(policies)) {
  std::erase_if(policies_, [](const TracingPolicy& policy) { return policy.deleting; });
  for (const TracingPolicy& policy : policies_) by_namespace_[policy.ns].push_back(&policy);
  for (auto& [ns, claimants] : by_namespace_) std::sort(claimants.begin(), claimants.end(), claims_before);
  find_conflicts();
  enforced_ = build(Modes::kEnforced);
  const bool audited = std::any_of(policies_.begin(), policies_.end(),
                                   [](const TracingPolicy& policy) { return policy.mode == Mode::kAudit; });
  if (audited) with_audit_ = build(Modes::kEnforcedAndAudited);
}

Index::Levels Index::build(Modes modes) const {
  const auto takes_part = [modes](const TracingPolicy* policy) {
    return modes == Modes::kEnforcedAndAudited || policy->mode == Mode::kEnforce;
  };
  const auto whole_of = [&](const Policies& claimants) -> const TracingPolicy* {
    const auto found = std::find_if(claimants.begin(), claimants.end(), [&](const TracingPolicy* policy) {
      return policy->match_labels.empty() && takes_part(policy);
    });
    return found == claimants.end() ? nullptr : *found;
  };

  Levels levels;
  const TracingPolicy* mesh = nullptr;
  if (const auto root = by_namespace_.find(root_namespace_); root != by_namespace_.end()) mesh = whole_of(root->second);
  if (mesh != nullptr) levels.mesh = Claim{mesh, merge(mesh, nullptr, nullptr)};
  for (const auto& [ns, claimants] : by_namespace_) {
    if (is_excluded_namespace(ns, root_namespace_)) continue;
    Claims& scope = levels.namespaces[ns];
    const TracingPolicy* whole = whole_of(claimants);
    if (whole != nullptr) scope.whole = Claim{whole, merge(mesh, whole, nullptr)};
    for (const TracingPolicy* policy : claimants) {
      if (policy->match_labels.empty() || !takes_part(policy)) continue;
      scope.selecting.push_back({policy, merge(mesh, whole, policy)});
    }
  }
  return levels;
}

Coverage Index::find_in(const Levels& levels, std::string_view ns, const Labels& labels) const {
  if (is_excluded_namespace(ns, root_namespace_)) return {nullptr, NotCovered::kExcludedNamespace};
  const Claim* claim = levels.mesh ? &*levels.mesh : nullptr;
  if (const auto scope = levels.namespaces.find(ns); scope != levels.namespaces.end()) {
    const auto& selecting = scope->second.selecting;
    const auto match = std::find_if(selecting.begin(), selecting.end(), [&](const Claim& candidate) {
      return matches(candidate.policy->match_labels, labels);
    });
    if (match != selecting.end()) {
      claim = &*match;
    } else if (scope->second.whole) {
      claim = &*scope->second.whole;
    }
  }
  if (claim == nullptr) return {nullptr, NotCovered::kNoPolicy};
  if (!touches_pods(claim->effective)) return {nullptr, NotCovered::kPolicyWithoutInjection};
  return {&claim->effective, std::nullopt};
}

Coverage Index::find(std::string_view ns, const Labels& labels) const { return find_in(enforced_, ns, labels); }

Coverage Index::find_with_audit(std::string_view ns, const Labels& labels) const {
  return find_in(with_audit_ ? *with_audit_ : enforced_, ns, labels);
}

std::vector<PolicyScope> Index::scopes(Modes modes) const {
  const Levels& levels = modes == Modes::kEnforcedAndAudited && with_audit_ ? *with_audit_ : enforced_;
  std::vector<PolicyScope> found;
  if (levels.mesh) found.push_back({levels.mesh->policy, Level::kMesh, &levels.mesh->effective});
  std::vector<std::string_view> names;
  for (const auto& [ns, claims] : levels.namespaces) names.push_back(ns);
  std::sort(names.begin(), names.end());
  for (const std::string_view ns : names) {
    const Claims& claims = levels.namespaces.find(ns)->second;
    if (claims.whole) found.push_back({claims.whole->policy, Level::kNamespace, &claims.whole->effective});
    for (const Claim& claim : claims.selecting) found.push_back({claim.policy, Level::kWorkload, &claim.effective});
  }
  return found;
}

std::vector<const TracingPolicy*> Index::claimants(std::string_view ns, const Labels& labels) const {
  std::vector<const TracingPolicy*> found;
  const auto policies = by_namespace_.find(ns);
  if (policies == by_namespace_.end()) return found;
  std::copy_if(policies->second.begin(), policies->second.end(), std::back_inserter(found),
               [&](const TracingPolicy* policy) { return matches(policy->match_labels, labels); });
  return found;
}

void Index::find_conflicts() {
  for (const auto& [ns, claimants] : by_namespace_) {
    const Level level = ns == root_namespace_ ? Level::kMesh : Level::kNamespace;
    const TracingPolicy* winner = nullptr;
    for (const TracingPolicy* policy : claimants) {
      if (!policy->match_labels.empty() || policy->mode == Mode::kAudit) continue;
      if (winner == nullptr) {
        winner = policy;
      } else {
        conflicts_.push_back({Origin{level, ns, policy->name}, Origin{level, ns, winner->name}});
      }
    }
  }
  std::sort(conflicts_.begin(), conflicts_.end(), [](const Conflict& a, const Conflict& b) {
    return std::tie(a.loser.ns, a.loser.name) < std::tie(b.loser.ns, b.loser.name);
  });
}

}  // namespace meshtrace::policy
