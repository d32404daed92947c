// Mesh texts that may not be read: without rights in the root namespace, at first or of a sudden.
#include "tests/unit/mesh/plan_support.h"

namespace meshtrace::mesh::test {
namespace {

constexpr const char* kLogs = R"({"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})";

Facts unreadable(Facts facts) {
  facts.config_maps.clear();
  facts.missing_kinds.insert("ConfigMap");
  return facts;
}

TEST(AnUnreadableMeshText, IsSaidWithTheWayOut) {
  const policy::Index policies({policy_of(kRoot, "mesh", kLogs)}, kRoot);
  const Plan plan = make_plan(policies, unreadable({}));
  const Condition& programmed = plan.outcomes.at({kRoot, "mesh"}).conditions.at(1);
  EXPECT_EQ(programmed.status, "False");
  EXPECT_NE(programmed.message.find("kubectl apply -k manifests/mesh"), std::string::npos) << programmed.message;
  EXPECT_TRUE(plan.texts.empty());
}

TEST(AnUnreadableMeshText, KeepsWhatIsRecordedAndTheFinalizerUntilItCanBePutBack) {
  const policy::Index policies({policy_of(kRoot, "mesh", kLogs)}, kRoot);
  Facts facts = settle(policies, facts_with("trustDomain: a\n")).facts;
  const auto recorded = facts.recorded.at({kRoot, "mesh"});
  ASSERT_FALSE(recorded.empty());

  EXPECT_EQ(make_plan(policies, unreadable(facts)).outcomes.at({kRoot, "mesh"}).targets, recorded);

  facts.deleting.insert({kRoot, "mesh"});
  const Outcome left = make_plan(policy::Index({}, kRoot), unreadable(facts)).outcomes.at({kRoot, "mesh"});
  EXPECT_EQ(left.targets, recorded);
  EXPECT_TRUE(left.needs_finalizer);
}

}  // namespace
}  // namespace meshtrace::mesh::test
