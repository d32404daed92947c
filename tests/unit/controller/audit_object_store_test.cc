// What the audit keeps of objects, and what counts as a change.
#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>

#include "controller/audit/object_store.h"
#include "core/base/json.h"
#include "support.h"

namespace meshtrace::auditing {
namespace {

using audit::Kind;
using audit::SubjectKey;
using controller::deleted;
using controller::object;
using controller::replaced;
using controller::upserted;
using nlohmann::json;
using Keys = std::set<SubjectKey>;

// What has changed, without waiting for more.
Keys changed(ObjectStore& store) {
  return store.wait({}, std::chrono::steady_clock::now(), std::chrono::milliseconds(0));
}

json service(const std::string& name, int version = 1) {
  json result = object("v1", "Service", "shop", name, version);
  result.erase("apiVersion");  // as an item of a list
  result.erase("kind");
  return result;
}

TEST(ObjectStore, TellsEachObjectThatIsThereGoneOrOther) {
  ObjectStore store;
  store.apply(Kind::kService, "v1", replaced({service("a"), service("b")}));
  EXPECT_EQ(changed(store),
            (Keys{{Kind::kService, "", ""}, {Kind::kService, "shop", "a"}, {Kind::kService, "shop", "b"}}));
  json other = service("a", 2);
  other["spec"]["ports"] = json::array();
  store.apply(Kind::kService, "v1", upserted(other));
  store.apply(Kind::kService, "v1", deleted(service("b")));
  EXPECT_EQ(changed(store), (Keys{{Kind::kService, "shop", "a"}, {Kind::kService, "shop", "b"}}));
  store.apply(Kind::kService, "v1", replaced({}));
  EXPECT_EQ(changed(store), (Keys{{Kind::kService, "shop", "a"}}));
  EXPECT_TRUE(store.objects().empty());
  EXPECT_TRUE(store.knows(Kind::kService));
}

TEST(ObjectStore, TellsThatAKindIsKnownThoughThereIsNothingOfIt) {
  ObjectStore store;
  EXPECT_FALSE(store.knows(Kind::kGateway));
  store.apply(Kind::kGateway, "v1", replaced({}));
  EXPECT_TRUE(store.knows(Kind::kGateway));
  EXPECT_EQ(changed(store), (Keys{{Kind::kGateway, "", ""}}));
  store.apply(Kind::kGateway, "v1", replaced({}));
  EXPECT_EQ(changed(store), Keys{});
  store.forget(Kind::kGateway);
  EXPECT_FALSE(store.knows(Kind::kGateway));
  EXPECT_EQ(changed(store), (Keys{{Kind::kGateway, "", ""}}));
}

TEST(ObjectStore, TakesAStatusOrAnAnnotationOfKubectlsForNoChange) {
  ObjectStore store;
  store.apply(Kind::kService, "v1", replaced({service("a")}));
  changed(store);
  json other = service("a", 2);
  other["status"]["loadBalancer"] = json::object();
  other["metadata"]["generation"] = 7;
  other["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}";
  other["metadata"]["managedFields"] = json::array({1});
  store.apply(Kind::kService, "v1", upserted(other));
  const json kept = store.objects().at(0)->value;
  EXPECT_FALSE(kept.contains("status"));
  EXPECT_FALSE(kept["metadata"].contains("managedFields"));
  EXPECT_EQ(kept["apiVersion"], "v1");
  EXPECT_EQ(kept["kind"], "Service");
}

TEST(ObjectStore, KeepsOfAPolicysStatusWhatChecksReadAndNotItsFigures) {
  ObjectStore store;
  json policy = controller::stored_policy("shop", "shop", json::object());
  policy["status"] = {
      {"observedGeneration", 1}, {"workloads", {{"matched", 12}, {"injected", 3}}}, {"audit", {{"error", 1}}}};
  store.apply(Kind::kTracingPolicy, "v1alpha1", replaced({policy}));
  changed(store);
  EXPECT_EQ(store.objects().at(0)->value["status"], json({{"observedGeneration", 1}, {"workloads", {{"matched", 1}}}}));
  policy["metadata"]["resourceVersion"] = "2";
  policy["status"]["workloads"]["matched"] = 13;
  policy["status"]["audit"]["error"] = 2;
  store.apply(Kind::kTracingPolicy, "v1alpha1", upserted(policy));
  EXPECT_EQ(changed(store), Keys{});
  policy["status"]["workloads"]["matched"] = 0;
  store.apply(Kind::kTracingPolicy, "v1alpha1", upserted(policy));
  EXPECT_EQ(changed(store), (Keys{{Kind::kTracingPolicy, "shop", "shop"}}));
}

TEST(ObjectStore, KeepsOfConfigMapsTheMeshsTextAlone) {
  ObjectStore store;
  json other = controller::config_map("");
  other["metadata"]["name"] = "passwords";
  other["data"] = {{"mesh-password", "secret"}};
  store.apply(Kind::kConfigMap, "v1", replaced({controller::config_map("accessLogFile: x\n"), other}));
  ASSERT_EQ(store.objects().size(), 1u);
  EXPECT_EQ(store.objects().at(0)->value["data"], json({{"mesh", "accessLogFile: x\n"}}));
}

TEST(ObjectStore, BearsObjectsThatAreNone) {
  ObjectStore store;
  json odd = service("odd");
  odd["spec"] = 7;
  odd["metadata"]["labels"] = "none";
  odd["metadata"]["annotations"] = json::array();
  json policy = controller::stored_policy("shop", "odd", 3);
  policy["status"] = "x";
  store.apply(Kind::kService, "v1", replaced({odd}));
  store.apply(Kind::kTracingPolicy, "v1alpha1", replaced({policy}));
  EXPECT_EQ(store.objects().size(), 2u);
}

}  // namespace
}  // namespace meshtrace::auditing
