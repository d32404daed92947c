#include "core/inject/admission_scope.h"

#include <algorithm>

#include "core/policy/namespaces.h"

namespace meshtrace::inject {
namespace {

using policy::Level;
using policy::PolicyScope;

// Whether every pod with the labels of `narrow` is one of `wide`, too.
bool implies(const AdmissionScope::MatchLabels& narrow, const AdmissionScope::MatchLabels& wide) {
  return std::includes(narrow.begin(), narrow.end(), wide.begin(), wide.end());
}

// What the scopes that win over scopes[i] claim of its pods.
std::vector<AdmissionScope::Claimed> claimed_before(const std::vector<PolicyScope>& scopes, std::size_t i) {
  std::vector<AdmissionScope::Claimed> claimed;
  const PolicyScope& scope = scopes[i];
  for (std::size_t j = 0; j < scopes.size(); ++j) {
    const PolicyScope& other = scopes[j];
    if (other.level != Level::kWorkload) continue;
    const bool same_namespace = scope.level == Level::kMesh || other.policy->ns == scope.policy->ns;
    const bool wins = scope.level != Level::kWorkload || j < i;
    if (same_namespace && wins) claimed.push_back({other.policy->ns, other.policy->match_labels});
  }
  return claimed;
}

// Namespaces of which no pod is left to the mesh's policy.
std::vector<std::string> excluded_namespaces(const std::vector<PolicyScope>& scopes,
                                             const std::string& root_namespace) {
  std::vector<std::string> excluded = policy::excluded_namespaces(root_namespace);
  for (const PolicyScope& scope : scopes) {
    if (scope.level == Level::kNamespace) excluded.push_back(scope.policy->ns);
  }
  std::sort(excluded.begin(), excluded.end());
  return excluded;
}

}  // namespace

std::vector<AdmissionScope> admission_scopes(const policy::Index& policies) {
  const std::vector<PolicyScope> scopes = policies.scopes(policy::Index::Modes::kEnforced);
  std::vector<AdmissionScope> found;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    const PolicyScope& from = scopes[i];
    AdmissionScope scope;
    scope.policy = from.policy;
    scope.settings = &from.effective->injection;
    scope.match_labels = from.policy->match_labels;
    scope.claimed = claimed_before(scopes, i);
    if (from.level == Level::kMesh) {
      scope.excluded_namespaces = excluded_namespaces(scopes, policies.root_namespace());
      std::erase_if(scope.claimed, [&](const auto& claimed) {
        return std::binary_search(scope.excluded_namespaces.begin(), scope.excluded_namespaces.end(), claimed.ns);
      });
    } else {
      scope.ns = from.policy->ns;
    }
    const bool has_no_pods = std::any_of(scope.claimed.begin(), scope.claimed.end(), [&](const auto& claimed) {
      return from.level == Level::kWorkload && implies(scope.match_labels, claimed.match_labels);
    });
    if (!has_no_pods && policy::touches_pods(*from.effective)) found.push_back(std::move(scope));
  }
  return found;
}

}  // namespace meshtrace::inject
