#include "core/mesh/scope.h"

#include <algorithm>

namespace meshtrace::mesh {

PolicyKey key_of(const policy::TracingPolicy& policy) { return {policy.ns, policy.name}; }

bool states(const policy::PolicyScope& scope, std::string_view path) {
  const auto& origins = scope.effective->origins;
  return std::any_of(origins.begin(), origins.end(), [&](const auto& field) {
    if (field.second.level != scope.level || !field.first.starts_with(path)) return false;
    return field.first.size() == path.size() || field.first[path.size()] == '.' || field.first[path.size()] == '[';
  });
}

const policy::PolicyScope* wider_than(const policy::PolicyScope& scope,
                                      const std::vector<policy::PolicyScope>& scopes) {
  const policy::PolicyScope* widest = nullptr;
  for (const policy::PolicyScope& other : scopes) {
    if (other.level >= scope.level) continue;
    if (other.level == policy::Level::kNamespace && other.policy->ns == scope.policy->ns) return &other;
    if (other.level == policy::Level::kMesh) widest = &other;
  }
  return widest;
}

const policy::TracingPolicy* shadowed_by(const policy::PolicyScope& scope,
                                         const std::vector<policy::PolicyScope>& scopes) {
  if (scope.level != policy::Level::kWorkload) return nullptr;
  const auto& labels = scope.policy->match_labels;
  for (const policy::PolicyScope& other : scopes) {
    if (other.policy == scope.policy) return nullptr;  // what follows is younger
    const auto& fewer = other.policy->match_labels;
    if (other.level == policy::Level::kWorkload && other.policy->ns == scope.policy->ns &&
        std::includes(labels.begin(), labels.end(), fewer.begin(), fewer.end())) {
      return other.policy;
    }
  }
  return nullptr;
}

}  // namespace meshtrace::mesh
