// All policies that are known, ready to answer "what holds for this pod" without merging anything.
// Immutable: a change builds a new index, readers keep the old one as long as they need it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/policy/effective.h"
#include "core/policy/labels.h"
#include "core/policy/namespaces.h"
#include "core/policy/policy.h"

namespace meshtrace::policy {

struct Conflict {
  Origin loser;
  Origin winner;
};

// Why a pod has no effective policy.
enum class NotCovered { kExcludedNamespace, kNoPolicy, kPolicyWithoutInjection };

struct Coverage {
  const Effective* effective = nullptr;  // owned by the index; null exactly when reason is set
  std::optional<NotCovered> reason;
};

// One policy that holds somewhere, with what it comes to there.
struct PolicyScope {
  const TracingPolicy* policy = nullptr;  // owned by the index, as is `effective`
  Level level = Level::kMesh;
  const Effective* effective = nullptr;  // merged with the wider levels; an origin of `level` is this policy's own word
};

class Index {
 public:
  // Policies that are being deleted are left out.
  Index(std::vector<TracingPolicy> policies, std::string root_namespace);
  Index(Index&&) = default;
  Index& operator=(Index&&) = default;

  // The policy for the pods of `ns` that carry `labels`. Cost: the policies of that namespace alone.
  [[nodiscard]] Coverage find(std::string_view ns, const Labels& labels) const;

  // Two policies of one level without selector claim one namespace (or the mesh): the older wins. Policies with
  // selectors conflict only on a pod that both match; see claimants().
  [[nodiscard]] const std::vector<Conflict>& conflicts() const { return conflicts_; }

  // Every policy of `ns` that claims such a pod, Audit policies included: those with a selector first, and of each kind
  // the oldest first. For explain.
  [[nodiscard]] std::vector<const TracingPolicy*> claimants(std::string_view ns, const Labels& labels) const;

  // As find(), with the Audit policies taken as enforced: what they would change.
  [[nodiscard]] Coverage find_with_audit(std::string_view ns, const Labels& labels) const;

  // With kEnforcedAndAudited, Audit policies are taken as enforced.
  enum class Modes { kEnforced, kEnforcedAndAudited };

  // Every scope's winner: the mesh's policy first, then for each namespace, by name, the one without selector and those
  // with one, the oldest first. For what is written once for a scope and not for a pod.
  [[nodiscard]] std::vector<PolicyScope> scopes(Modes modes) const;

  [[nodiscard]] const std::vector<TracingPolicy>& policies() const { return policies_; }
  [[nodiscard]] std::size_t size() const { return policies_.size(); }
  [[nodiscard]] const std::string& root_namespace() const { return root_namespace_; }

 private:
  // Lets a std::string key be looked up by std::string_view, so that an admission allocates nothing.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <class Value>
  using ByNamespace = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  using Policies = std::vector<const TracingPolicy*>;

  struct Claim {
    const TracingPolicy* policy = nullptr;
    Effective effective;  // with this policy as the narrowest level
  };
  struct Claims {
    std::vector<Claim> selecting;  // the oldest first: the first match wins
    std::optional<Claim> whole;    // of the namespace's policies without selector the oldest
  };
  struct Levels {
    std::optional<Claim> mesh;
    ByNamespace<Claims> namespaces;
  };

  [[nodiscard]] Levels build(Modes modes) const;
  [[nodiscard]] Coverage find_in(const Levels& levels, std::string_view ns, const Labels& labels) const;
  void find_conflicts();

  std::string root_namespace_;
  std::vector<TracingPolicy> policies_;  // never changed once the pointers below are taken
  ByNamespace<Policies> by_namespace_;   // in the order of claimants()
  std::vector<Conflict> conflicts_;
  Levels enforced_;
  std::optional<Levels> with_audit_;  // absent where no policy is in mode Audit: then it would equal enforced_
};

}  // namespace meshtrace::policy
