#include "core/policy/index.h"

#include <gmock/gmock.h>

#include "tests/unit/policy/support.h"

namespace meshtrace::policy {
namespace {

using test::policy_of;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kMesh = "istio-system";

// A spec whose effect is told by its service name.
std::string named(std::string_view name, std::string_view rest = "") {
  return R"({"workload": {"serviceName": {"from": "Value", "value": ")" + std::string(name) + "\"}}" +
         std::string(rest) + "}";
}
std::string selecting(std::string_view name, std::string_view app) {
  return named(name, R"(, "selector": {"matchLabels": {"app": ")" + std::string(app) + "\"}}");
}

Index index_of(std::vector<TracingPolicy> policies) { return Index(std::move(policies), std::string(kMesh)); }

// Which policy holds: the service name, or why none does.
std::string shown(const Coverage& coverage) {
  EXPECT_EQ(coverage.effective == nullptr, coverage.reason.has_value());
  if (coverage.effective != nullptr) return coverage.effective->injection.service_name.value;
  switch (*coverage.reason) {
    case NotCovered::kExcludedNamespace:
      return "excluded namespace";
    case NotCovered::kNoPolicy:
      return "no policy";
    case NotCovered::kPolicyWithoutInjection:
      break;
  }
  return "without injection";
}

TEST(PolicyIndex, FindsTheNarrowestPolicy) {
  const Index index = index_of({policy_of(kMesh, "mesh", named("mesh")), policy_of("shop", "all", named("shop")),
                                policy_of("shop", "checkout", selecting("checkout", "checkout"))});
  EXPECT_EQ(shown(index.find("shop", {{"app", "checkout"}})), "checkout");
  EXPECT_EQ(shown(index.find("shop", {{"app", "cart"}})), "shop");
  EXPECT_EQ(shown(index.find("shop", {})), "shop");
  EXPECT_EQ(shown(index.find("other", {{"app", "checkout"}})), "mesh");
  EXPECT_EQ(index.size(), 3u);
}

TEST(PolicyIndex, MergesTheLevelsBelowTheNarrowest) {
  const Index index = index_of({policy_of(kMesh, "mesh", R"({"workload": {"sdkDisabled": true}})"),
                                policy_of("shop", "all", R"({"workload": {"podIdentity": false}})"),
                                policy_of("shop", "checkout", selecting("checkout", "checkout"))});
  const Effective* effective = index.find("shop", {{"app", "checkout"}}).effective;
  ASSERT_NE(effective, nullptr);
  EXPECT_EQ(effective->injection.sdk_disabled, true);
  EXPECT_FALSE(effective->injection.pod_identity);
  EXPECT_EQ(effective->origins.at("workload.sdkDisabled"), (Origin{Level::kMesh, "istio-system", "mesh"}));
  EXPECT_EQ(effective->origins.at("workload.podIdentity"), (Origin{Level::kNamespace, "shop", "all"}));
  EXPECT_EQ(effective->origins.at("workload.serviceName.value"), (Origin{Level::kWorkload, "shop", "checkout"}));
}

TEST(PolicyIndex, SaysWhyAPodIsNotCovered) {
  const Index index = index_of({policy_of("shop", "proxy", R"({"proxy": {"tracingProvider": "otel"}})")});
  EXPECT_EQ(shown(index.find("shop", {})), "without injection");
  EXPECT_EQ(shown(index.find("other", {})), "no policy");
  for (const std::string_view ns :
       {"kube-system", "kube-public", "kube-node-lease", "meshtrace-system", "istio-system"}) {
    EXPECT_EQ(shown(index.find(ns, {})), "excluded namespace") << ns;
  }
  EXPECT_EQ(shown(Index({}, "mesh").find("istio-system", {})), "no policy");
}

TEST(PolicyIndex, NeverCoversAnExcludedNamespaceWhateverItsPoliciesSay) {
  const Index index = index_of({policy_of("kube-system", "all", named("a")), policy_of(kMesh, "mesh", named("mesh"))});
  EXPECT_EQ(shown(index.find("kube-system", {})), "excluded namespace");
  EXPECT_EQ(shown(index.find("istio-system", {})), "excluded namespace");
}

TEST(PolicyIndex, LetsTheOlderOfTwoPoliciesWinAndNeverMergesBoth) {
  const std::string old_time = "2026-01-01T00:00:00Z";
  const std::string new_time = "2026-01-02T00:00:00Z";
  const Index index = index_of({
      policy_of("shop", "a-young", R"({"workload": {"sdkDisabled": true}})", new_time),
      policy_of("shop", "z-old", named("z-old"), old_time),
      policy_of("shop", "0-timeless", named("0-timeless")),
      policy_of("cart", "b", named("b"), old_time),
      policy_of("cart", "a", named("a"), old_time),
      policy_of("cart", "audited", named("audited", R"(, "mode": "Audit")"), old_time),
  });
  const Effective* effective = index.find("shop", {}).effective;
  ASSERT_NE(effective, nullptr);
  EXPECT_EQ(effective->injection.service_name.value, "z-old");
  EXPECT_FALSE(effective->injection.sdk_disabled);
  EXPECT_EQ(shown(index.find("cart", {})), "a");

  std::vector<std::string> conflicts;
  for (const Conflict& conflict : index.conflicts()) {
    EXPECT_EQ(conflict.loser.ns, conflict.winner.ns);
    conflicts.push_back(conflict.loser.ns + ": " + conflict.loser.name + " < " + conflict.winner.name);
  }
  EXPECT_THAT(conflicts, ElementsAre("cart: b < a", "shop: 0-timeless < z-old", "shop: a-young < z-old"));
}

TEST(PolicyIndex, LetsTheOlderOfTwoMatchingSelectorsWin) {
  const Index index =
      index_of({policy_of("shop", "young", selecting("young", "a"), "2026-01-02T00:00:00Z"),
                policy_of("shop", "old", named("old", R"(, "selector": {"matchLabels": {"tier": "b"}})"),
                          "2026-01-01T00:00:00Z")});
  EXPECT_EQ(shown(index.find("shop", {{"app", "a"}})), "young");
  EXPECT_EQ(shown(index.find("shop", {{"app", "a"}, {"tier", "b"}})), "old");
  EXPECT_THAT(index.conflicts(), IsEmpty());

  std::vector<std::string> names;
  for (const TracingPolicy* policy : index.claimants("shop", {{"app", "a"}, {"tier", "b"}}))
    names.push_back(policy->name);
  EXPECT_THAT(names, ElementsAre("old", "young"));
  EXPECT_THAT(index.claimants("nowhere", {}), IsEmpty());
}

TEST(PolicyIndex, LeavesAuditPoliciesOutUntilAskedForThem) {
  const Index index = index_of({
      policy_of(kMesh, "mesh", named("mesh")),
      policy_of(kMesh, "audited", R"({"mode": "Audit", "workload": {"sdkDisabled": true}})"),
      policy_of("shop", "audited", named("audited", R"(, "mode": "Audit")")),
      policy_of("cart", "enforced", named("enforced")),
  });
  EXPECT_EQ(shown(index.find("shop", {})), "mesh");
  EXPECT_EQ(shown(index.find_with_audit("shop", {})), "audited");
  EXPECT_EQ(shown(index.find_with_audit("cart", {})), "enforced");
  EXPECT_EQ(index.find("cart", {}).effective->injection.sdk_disabled, std::nullopt);
  EXPECT_EQ(index.find_with_audit("cart", {}).effective->injection.sdk_disabled, true) << "audited is before mesh";
  EXPECT_THAT(index.conflicts(), IsEmpty());
}

TEST(PolicyIndex, WithoutAuditPoliciesAnswersTheSameForBoth) {
  const Index index = index_of({policy_of("shop", "all", named("all"))});
  EXPECT_EQ(index.find("shop", {}).effective, index.find_with_audit("shop", {}).effective);
}

TEST(PolicyIndex, LeavesOutPoliciesThatAreBeingDeleted) {
  TracingPolicy going = policy_of("shop", "a-older", named("older"), "2026-05-01T10:00:00Z");
  going.deleting = true;
  const Index index = index_of({going, policy_of("shop", "b", named("younger"), "2026-05-02T10:00:00Z")});
  EXPECT_EQ(shown(index.find("shop", {})), "younger");
  EXPECT_THAT(index.conflicts(), IsEmpty());
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(index.claimants("shop", {}).size(), 1u);
}

TEST(PolicyIndex, ListsTheWinnerOfEachScopeTheWidestFirst) {
  const Index index = index_of({
      policy_of("shop", "pods-b", selecting("pods-b", "b"), "2026-05-02T10:00:00Z"),
      policy_of("shop", "pods-a", selecting("pods-a", "a"), "2026-05-03T10:00:00Z"),
      policy_of("shop", "loser", named("loser")),
      policy_of("shop", "all", named("all"), "2026-05-01T10:00:00Z"),
      policy_of("cart", "audited", named("audited", R"(, "mode": "Audit")")),
      policy_of(kMesh, "mesh", R"({"workload": {"sdkDisabled": true}})"),
      policy_of("kube-system", "nowhere", named("nowhere")),
  });
  const auto names = [&](Index::Modes modes) {
    std::vector<std::string> found;
    for (const PolicyScope& scope : index.scopes(modes)) found.push_back(scope.policy->ns + "/" + scope.policy->name);
    return found;
  };
  EXPECT_THAT(names(Index::Modes::kEnforced),
              ElementsAre("istio-system/mesh", "shop/all", "shop/pods-b", "shop/pods-a"));
  EXPECT_THAT(names(Index::Modes::kEnforcedAndAudited),
              ElementsAre("istio-system/mesh", "cart/audited", "shop/all", "shop/pods-b", "shop/pods-a"));
  const PolicyScope narrow = index.scopes(Index::Modes::kEnforced).at(2);
  EXPECT_EQ(narrow.level, Level::kWorkload);
  EXPECT_EQ(narrow.effective->origins.at("workload.sdkDisabled").level, Level::kMesh);
  EXPECT_EQ(narrow.effective->origins.at("workload.serviceName.value").name, "pods-b");
}

TEST(PolicyIndex, CanBeMovedIntoASharedPointer) {
  Index index = index_of({policy_of("shop", "all", named("all")), policy_of(kMesh, "mesh", named("mesh"))});
  const auto shared = std::make_shared<const Index>(std::move(index));
  EXPECT_EQ(shown(shared->find("shop", {})), "all");
  ASSERT_EQ(shared->claimants("shop", {}).size(), 1u);
  EXPECT_EQ(shared->claimants("shop", {})[0]->name, "all");
  EXPECT_EQ(shared->root_namespace(), kMesh);
}

}  // namespace
}  // namespace meshtrace::policy
