// What the controller knows, from informers and from its own writes.
#include "controller/cache.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <string>

#include "support.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

class CacheTest : public testing::Test {
 protected:
  // Whether there is something to decide about; does not wait.
  bool changed() { return cache_.wait(std::stop_token(), std::chrono::steady_clock::now()); }
  void list_all() {
    for (const Kind kind : kKinds) cache_.apply(kind, replaced({}));
    changed();
  }
  std::string text() {
    const auto maps = cache_.snapshot().objects[Kind::kConfigMap];
    return maps.empty() ? "none" : maps.begin()->second->at("data").at("mesh").get<std::string>();
  }

  Cache cache_{kRoot};
};

TEST_F(CacheTest, IsSyncedOnceEveryCollectionWasListed) {
  for (const Kind kind : kKinds) {
    EXPECT_NE(cache_.not_synced(), "");
    cache_.apply(kind, replaced({}));
  }
  EXPECT_EQ(cache_.not_synced(), "");
}

TEST_F(CacheTest, SaysWhyACollectionIsNotKnown) {
  cache_.report_problem(Kind::kTracingPolicy, 403, "403 Forbidden");
  EXPECT_EQ(cache_.not_synced(), "tracingpolicies.meshtrace.io are not known yet: 403 Forbidden");
}

TEST_F(CacheTest, TakesAnIstioKindThatIsNotServedForAFactThatMayChange) {
  list_all();
  cache_.report_problem(Kind::kTelemetry, 404, "404 Not Found");
  EXPECT_TRUE(changed());
  EXPECT_EQ(cache_.not_synced(), "");
  EXPECT_EQ(cache_.snapshot().missing_kinds, std::set<std::string>{"Telemetry"});
  cache_.report_problem(Kind::kTelemetry, 404, "404 Not Found");
  EXPECT_FALSE(changed());
  cache_.apply(Kind::kTelemetry, replaced({}));
  EXPECT_TRUE(changed());
  EXPECT_TRUE(cache_.snapshot().missing_kinds.empty());
}

TEST_F(CacheTest, DoesNotTakeOurOwnMissingCrdForAFact) {
  cache_.report_problem(Kind::kTracingPolicy, 404, "404 Not Found");
  EXPECT_NE(cache_.not_synced(), "");
}

TEST_F(CacheTest, KeepsTheMeshsConfigMapsAndOfThoseTheText) {
  list_all();
  json canary = config_map("a: 1");
  canary["metadata"]["name"] = "istio-canary";
  json injector = config_map("");
  injector["metadata"]["name"] = "istio-sidecar-injector";
  injector["data"] = {{"config", "large"}};
  json other = config_map("b: 2");
  other["metadata"]["name"] = "shop-settings";
  for (const json& one : {config_map("c: 3"), canary, injector, other}) cache_.apply(Kind::kConfigMap, upserted(one));
  const auto maps = cache_.snapshot().objects[Kind::kConfigMap];
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps.begin()->second->at("data"), json({{"mesh", "c: 3"}}));
}

TEST_F(CacheTest, IsNotWokenByAConfigMapOfNoInterest) {
  list_all();
  json other = config_map("x");
  other["metadata"]["name"] = "istio-leader";
  other["data"] = json::object();
  for (int version = 1; version < 4; ++version) {
    other["metadata"]["resourceVersion"] = std::to_string(version);
    cache_.apply(Kind::kConfigMap, upserted(other));
    EXPECT_FALSE(changed()) << version;
  }
}

TEST_F(CacheTest, IsWokenWhenAConfigMapLosesItsMeshText) {
  list_all();
  json canary = config_map("a: 1");
  canary["metadata"]["name"] = "istio-canary";
  cache_.apply(Kind::kConfigMap, upserted(canary));
  EXPECT_TRUE(changed());
  canary["data"].erase("mesh");
  canary["metadata"]["resourceVersion"] = "2";
  cache_.apply(Kind::kConfigMap, upserted(canary));
  EXPECT_TRUE(changed());
  EXPECT_TRUE(cache_.snapshot().objects[Kind::kConfigMap].empty());
}

TEST_F(CacheTest, SkipsEventsFromBeforeAWriteOfOurs) {
  list_all();
  cache_.apply(Kind::kConfigMap, upserted(config_map("before", 10)));
  cache_.observe(Kind::kConfigMap, config_map("ours", 20));
  changed();
  cache_.apply(Kind::kConfigMap, upserted(config_map("somebody's, earlier", 15)));
  cache_.apply(Kind::kConfigMap, deleted(config_map("somebody's, earlier", 16)));
  cache_.apply(Kind::kConfigMap, upserted(config_map("ours", 20)));
  EXPECT_EQ(text(), "ours");
  EXPECT_FALSE(changed());
  cache_.apply(Kind::kConfigMap, upserted(config_map("somebody's, later", 21)));
  EXPECT_EQ(text(), "somebody's, later");
  EXPECT_TRUE(changed());
}

TEST_F(CacheTest, BelievesAListWhateverItsVersion) {
  list_all();
  cache_.observe(Kind::kConfigMap, config_map("ours", 20));
  cache_.apply(Kind::kConfigMap, replaced({config_map("restored from a backup", 5)}));
  EXPECT_EQ(text(), "restored from a backup");
}

TEST_F(CacheTest, KeepsOfEnvoyFiltersThoseOfOurs) {
  list_all();
  json foreign = envoy_filter("shop", "theirs", json::object());
  foreign["metadata"].erase("labels");
  cache_.apply(Kind::kEnvoyFilter, replaced({foreign, envoy_filter("shop", "ours", json::object())}));
  const auto filters = cache_.snapshot().objects[Kind::kEnvoyFilter];
  ASSERT_EQ(filters.size(), 1u);
  EXPECT_EQ(filters.begin()->first.name, "ours");
}

TEST_F(CacheTest, ReadsPoliciesWithWhatTheirStatusHasRecorded) {
  list_all();
  json policy = stored_policy("shop", "good", {{"proxy", json::object()}});
  policy["status"] = {{"observedGeneration", 1},
                      {"targets",
                       {{{"kind", "ConfigMap"}, {"name", "istio"}, {"field", "data.mesh.a"}, {"previous", "x"}},
                        {{"kind", 7}, {"name", "istio"}},
                        "nonsense"}}};
  cache_.apply(Kind::kTracingPolicy,
               replaced({policy, stored_policy("shop", "bad", {{"sampling", {{"owner", "Nobody"}}}})}));
  const auto policies = cache_.snapshot().policies;
  ASSERT_EQ(policies.size(), 2u);
  const StoredPolicy& good = *policies.at({"shop", "good"});
  ASSERT_TRUE(good.policy);
  ASSERT_EQ(good.targets.size(), 1u);
  EXPECT_EQ(good.targets[0].previous, "x");
  EXPECT_EQ(good.observed_generation(), 1);
  const StoredPolicy& bad = *policies.at({"shop", "bad"});
  EXPECT_FALSE(bad.policy);
  EXPECT_FALSE(bad.errors.empty());
}

}  // namespace
}  // namespace meshtrace::controller
