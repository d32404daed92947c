// The stored policies of a cluster as they change, without an API server; tests/cluster has the real one.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "webhook/policies/policy_store.h"
#include "webhook/policies/watched_policies.h"

namespace meshtrace::webhook {
namespace {

using kube::Change;
using nlohmann::json;

json stored(const std::string& name, const std::string& version, const json& spec) {
  return {{"apiVersion", policy::kApiVersion},
          {"kind", policy::kKind},
          {"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", version}}},
          {"spec", spec}};
}

const json kGood = {{"workload", {{"podIdentity", true}}}};
const json kBad = {{"sampling", {{"owner", "Nobody"}, {"percentage", 1}}}};

class WatchedPoliciesTest : public testing::Test {
 protected:
  void apply(Change::Kind kind, std::vector<json> objects) { watched_.apply({kind, std::move(objects)}); }

  // What there is to publish; -1 policies: nothing.
  std::pair<int, int> published() {
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stop.request_stop();
    });
    WatchedPolicies::Set set;
    if (!watched_.wait_for_change(stop.get_token(), set)) return {-1, -1};
    return {static_cast<int>(set.policies.size()), static_cast<int>(set.rejected)};
  }

  WatchedPolicies watched_{policy::kDefaultRootNamespace};
};

TEST_F(WatchedPoliciesTest, HasNothingToPublishBeforeTheFirstListAndThenEvenAnEmptyOne) {
  EXPECT_EQ(published(), std::pair(-1, -1));
  apply(Change::Kind::kReplace, {});
  EXPECT_EQ(published(), std::pair(0, 0));
  EXPECT_EQ(published(), std::pair(-1, -1));
}

TEST_F(WatchedPoliciesTest, LeavesOutAnInvalidPolicyAndKeepsTheOthers) {
  apply(Change::Kind::kReplace, {stored("good", "1", kGood), stored("bad", "2", kBad)});
  EXPECT_EQ(published(), std::pair(1, 1));
  apply(Change::Kind::kUpsert, {stored("bad", "3", kGood)});
  EXPECT_EQ(published(), std::pair(2, 0));
  apply(Change::Kind::kUpsert, {stored("good", "4", kBad)});
  EXPECT_EQ(published(), std::pair(1, 1));
  apply(Change::Kind::kDelete, {stored("good", "5", kBad)});
  EXPECT_EQ(published(), std::pair(1, 0));
}

TEST_F(WatchedPoliciesTest, TakesAPolicyWithAFieldOfANewerVersion) {
  json spec = kGood;
  spec["workload"]["notYetInvented"] = 1;
  apply(Change::Kind::kReplace, {stored("a", "1", spec)});
  EXPECT_EQ(published(), std::pair(1, 0));
}

TEST_F(WatchedPoliciesTest, ListingTheSameAgainIsNothingToPublish) {
  apply(Change::Kind::kReplace, {stored("a", "1", kGood)});
  EXPECT_EQ(published(), std::pair(1, 0));
  apply(Change::Kind::kReplace, {stored("a", "1", kGood)});
  EXPECT_EQ(published(), std::pair(-1, -1));
}

TEST_F(WatchedPoliciesTest, GathersABurst) {
  apply(Change::Kind::kReplace, {});
  for (int index = 0; index < 100; ++index) {
    const std::string number = std::to_string(index);
    apply(Change::Kind::kUpsert, {stored("policy-" + number, number, kGood)});
  }
  EXPECT_EQ(published(), std::pair(100, 0));
  EXPECT_EQ(published(), std::pair(-1, -1));
}

TEST(PolicyStore, IsEmptyAndNotSyncedUntilSomethingIsPublishedAndSyncedForGoodThen) {
  PolicyStore store(policy::kDefaultRootNamespace);
  ASSERT_NE(store.index(), nullptr);
  EXPECT_EQ(store.index()->size(), 0u);
  store.report_problem("away");
  EXPECT_FALSE(store.synced());
  store.publish(std::make_shared<const policy::Index>(std::vector<policy::TracingPolicy>{}, "istio-system"), 3);
  store.report_problem("away again");
  const auto status = store.status();
  EXPECT_TRUE(status.synced);
  EXPECT_EQ(status.problem, "away again");
  EXPECT_EQ(status.failures, 2u);
  EXPECT_EQ(status.rejected, 3u);
  store.clear_problem();
  EXPECT_EQ(store.status().problem, "");
}

TEST(PolicyStore, AReaderKeepsItsSnapshot) {
  PolicyStore store(policy::kDefaultRootNamespace);
  const auto before = store.index();
  store.publish(std::make_shared<const policy::Index>(std::vector<policy::TracingPolicy>{}, "other"), 0);
  EXPECT_EQ(before->root_namespace(), "istio-system");
  EXPECT_EQ(store.index()->root_namespace(), "other");
}

}  // namespace
}  // namespace meshtrace::webhook
