#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/workloads/counting.h"
#include "controller/workloads/pod_store.h"
#include "core/policy/decode.h"

namespace meshtrace::workloads {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const std::string kNoon = "2026-11-21T12:00:00Z";
const std::string kBefore = "2026-11-21T11:00:00Z";
const std::string kAfter = "2026-11-21T13:00:00Z";

policy::TracingPolicy policy_of(const std::string& ns, const std::string& name, const json& spec,
                                const std::string& created = kNoon) {
  const auto decoded =
      policy::decode({{"apiVersion", policy::kApiVersion},
                      {"kind", policy::kKind},
                      {"metadata", {{"namespace", ns}, {"name", name}, {"creationTimestamp", created}}},
                      {"spec", spec}},
                     {});
  EXPECT_THAT(decoded.errors, IsEmpty());
  return *decoded.policy;
}

const json kInjects = {{"workload", {{"podIdentity", true}}}};
const json kProxyOnly = {{"proxy", {{"headers", {{"maxRequestHeadersKb", 96}}}}}};

json selecting(json spec, const std::string& app) {
  spec["selector"] = {{"matchLabels", {{"app", app}}}};
  return spec;
}
json audited(json spec) {
  spec["mode"] = "Audit";
  return spec;
}

struct PodOf {
  std::string ns = "shop";
  std::string name = "a";
  std::string created = kAfter;
  std::string mark = {};
  json labels = {{"app", "a"}};
};

json object_of(const PodOf& pod) {
  json metadata = {
      {"namespace", pod.ns}, {"name", pod.name}, {"creationTimestamp", pod.created}, {"labels", pod.labels}};
  if (!pod.mark.empty()) metadata["annotations"] = {{policy::kMarkAnnotation, pod.mark}};
  return {{"metadata", metadata}};
}

void put(PodStore& store, const PodOf& pod) { store.apply({kube::Change::Kind::kUpsert, {object_of(pod)}}); }

class Pods : public ::testing::Test {
 protected:
  // The mark that a pod with these labels gets under the policies.
  std::string mark(const std::string& ns = "shop", const std::string& app = "a") const {
    const policy::Labels labels{{"app", app}};
    const policy::Coverage coverage = index_->find(ns, labels);
    return coverage.effective == nullptr ? "" : coverage.effective->injection.hash;
  }
  void have(std::vector<policy::TracingPolicy> policies) {
    index_ = std::make_shared<const policy::Index>(std::move(policies), policy::kDefaultRootNamespace);
  }
  Counts counted(const std::string& ns, const std::string& name) {
    return counter_.count(index_, store_, opted_out_).counts[{ns, name}];
  }

  std::shared_ptr<const policy::Index> index_;
  PodStore store_;
  std::set<std::string> opted_out_;
  Counter counter_;
};

TEST_F(Pods, AreInjectedStaleOrMissedByMarkAndAge) {
  have({policy_of("shop", "p", kInjects)});
  struct Case {
    const char* what;
    std::string created, mark;
    Counts counts;
  };
  const std::vector<Case> cases{
      {"the present mark", kAfter, mark(), {1, 1, 0, 0}},
      {"the present mark on a pod older than the policy", kBefore, mark(), {1, 1, 0, 0}},
      {"another mark", kAfter, "0123456789abcdef", {1, 0, 1, 0}},
      {"a mark that is none of ours", kAfter, "yes", {1, 0, 1, 0}},
      {"no mark, older than the policy", kBefore, "", {1, 0, 1, 0}},
      {"no mark, of the same second", kNoon, "", {1, 0, 1, 0}},
      {"no mark, younger than the policy", kAfter, "", {1, 0, 0, 1}},
  };
  for (const Case& each : cases) {
    put(store_, {.created = each.created, .mark = each.mark});
    EXPECT_EQ(counted("shop", "p"), each.counts) << each.what;
  }
}

TEST_F(Pods, CountForEachPolicyOfTheMergeThatCoversThem) {
  have({policy_of("istio-system", "mesh", kInjects), policy_of("shop", "whole", kProxyOnly),
        policy_of("shop", "selects", selecting(kInjects, "a")), policy_of("shop", "other", selecting(kInjects, "b")),
        policy_of("store", "elsewhere", kInjects)});
  put(store_, {.mark = mark()});
  const Counts one{1, 1, 0, 0};
  EXPECT_THAT(counter_.count(index_, store_, {}).counts,
              ElementsAre(Pair(mesh::PolicyKey{"istio-system", "mesh"}, one),
                          Pair(mesh::PolicyKey{"shop", "selects"}, one), Pair(mesh::PolicyKey{"shop", "whole"}, one)));
}

TEST_F(Pods, OfNoInjectionAreNotCounted) {
  have({policy_of("istio-system", "mesh", kProxyOnly)});
  put(store_, {});
  EXPECT_EQ(counted("istio-system", "mesh"), Counts{});
}

TEST_F(Pods, ThatOptedOutAreNotCounted) {
  have({policy_of("istio-system", "mesh", kInjects)});
  put(store_, {.labels = {{"meshtrace.io/inject", "false"}}});
  put(store_, {.ns = "closed"});
  opted_out_ = {"closed"};
  EXPECT_EQ(counted("istio-system", "mesh"), Counts{});
  opted_out_ = {};
  EXPECT_EQ(counted("istio-system", "mesh"), (Counts{1, 0, 0, 1}));
}

TEST_F(Pods, OfNamespacesThatNoPolicyCoversAreNotCounted) {
  have({policy_of("istio-system", "mesh", kInjects)});
  for (const char* ns : {"kube-system", "meshtrace-system", "istio-system"}) put(store_, {.ns = ns});
  EXPECT_THAT(counter_.count(index_, store_, {}).counts, IsEmpty());
}

TEST_F(Pods, CountForTheOlderOfTwoPoliciesThatClaimThemAndTheOtherHearsOfIt) {
  have({policy_of("shop", "young", selecting(kInjects, "a"), kAfter),
        policy_of("shop", "old", selecting(kInjects, "a"), kBefore)});
  put(store_, {.mark = mark()});
  EXPECT_EQ(counted("shop", "old"), (Counts{1, 1, 0, 0}));
  EXPECT_EQ(counted("shop", "young"), Counts{});
  EXPECT_THAT(counter_.count(index_, store_, {}).overlaps, ElementsAre(Pair(mesh::PolicyKey{"shop", "young"}, "old")));
}

TEST_F(Pods, AreNotMissedForATimeInWhichNothingWasInjected) {
  have({policy_of("istio-system", "mesh", kProxyOnly, kBefore), policy_of("shop", "later", kInjects, kAfter)});
  put(store_, {.created = kNoon});
  EXPECT_EQ(counted("istio-system", "mesh"), (Counts{1, 0, 1, 0}));
  EXPECT_EQ(counted("shop", "later"), (Counts{1, 0, 1, 0}));
}

TEST_F(Pods, CountForAnAuditPolicyAsIfItWereEnforcedAndAreNeverMissed) {
  have({policy_of("istio-system", "mesh", kInjects),
        policy_of("shop", "tried", audited({{"workload", {{"podIdentity", false}}}}))});
  put(store_, {.name = "marked", .mark = mark()});
  put(store_, {.name = "bare"});
  EXPECT_EQ(counted("istio-system", "mesh"), (Counts{2, 1, 0, 1}));
  EXPECT_EQ(counted("shop", "tried"), (Counts{2, 0, 2, 0}));
}

TEST_F(Pods, AreCountedAnewWhenTheyComeChangeAndGo) {
  have({policy_of("shop", "p", kInjects)});
  const auto expect = [&](const Counts& counts) { EXPECT_EQ(counted("shop", "p"), counts); };
  put(store_, {.name = "a"});
  expect({1, 0, 0, 1});
  put(store_, {.name = "b", .mark = mark()});
  expect({2, 1, 0, 1});
  put(store_, {.name = "a", .mark = mark()});
  expect({2, 2, 0, 0});
  store_.apply({kube::Change::Kind::kDelete, {object_of({.name = "b"})}});
  expect({1, 1, 0, 0});
  store_.apply({kube::Change::Kind::kReplace, {object_of({.name = "c"}), object_of({.name = "d"})}});
  expect({2, 0, 0, 2});
  store_.apply({kube::Change::Kind::kReplace, {}});
  expect({0, 0, 0, 0});
}

TEST_F(Pods, AreCountedAnewUnderOtherPolicies) {
  have({policy_of("shop", "p", kInjects)});
  put(store_, {.mark = mark()});
  EXPECT_EQ(counted("shop", "p"), (Counts{1, 1, 0, 0}));
  have({policy_of("shop", "p", {{"workload", {{"podIdentity", false}}}})});
  EXPECT_EQ(counted("shop", "p"), (Counts{1, 0, 1, 0}));
}

TEST_F(Pods, ThatAreBeingDeletedAreGone) {
  have({policy_of("shop", "p", kInjects)});
  put(store_, {});
  json leaving = object_of({});
  leaving["metadata"]["deletionTimestamp"] = kAfter;
  store_.apply({kube::Change::Kind::kUpsert, {leaving}});
  EXPECT_EQ(store_.size(), 0u);
  EXPECT_EQ(counted("shop", "p"), Counts{});
}

TEST(PodStore, SharesTheLabelsOfEqualPods) {
  PodStore store;
  put(store, {.name = "a"});
  put(store, {.name = "b"});
  put(store, {.name = "c", .labels = {{"app", "c"}}});
  const auto& pods = store.namespaces().at("shop").pods;
  EXPECT_EQ(pods.at("a").labels, pods.at("b").labels);
  EXPECT_NE(pods.at("a").labels, pods.at("c").labels);
}

TEST(PodStore, TakesWhatIsOddForWhatIsNotThere) {
  PodStore store;
  const std::vector<json> odd{
      json::object(),
      {{"metadata", 7}},
      {{"metadata", {{"labels", "no map"}}}},
      {{"metadata",
        {{"namespace", "n"}, {"name", "x"}, {"labels", {{"a", 1}, {"b", "2"}}}, {"creationTimestamp", "today"}}}}};
  for (const json& object : odd) store.apply({kube::Change::Kind::kUpsert, {object}});
  const Pod& pod = store.namespaces().at("n").pods.at("x");
  EXPECT_THAT(*pod.labels, ElementsAre(Pair("b", "2")));
  EXPECT_EQ(pod.created, 0);
}

TEST(PodStore, ReadsTheSameFromATrimmedObject) {
  json whole = object_of({.mark = "0123456789abcdef"});
  whole["kind"] = "PartialObjectMetadata";
  whole["metadata"]["resourceVersion"] = "7";
  whole["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = std::string(1000, 'x');
  whole["metadata"]["ownerReferences"] = {{{"name", "a"}}};
  json trimmed = whole;
  trim_pod(trimmed);
  EXPECT_LT(trimmed.dump().size(), 250u);
  EXPECT_EQ(trimmed["metadata"]["resourceVersion"], "7");
  PodStore of_whole, of_trimmed;
  of_whole.apply({kube::Change::Kind::kUpsert, {whole}});
  of_trimmed.apply({kube::Change::Kind::kUpsert, {trimmed}});
  const Pod& a = of_whole.namespaces().at("shop").pods.at("a");
  const Pod& b = of_trimmed.namespaces().at("shop").pods.at("a");
  EXPECT_EQ(*a.labels, *b.labels);
  EXPECT_EQ(a.mark, b.mark);
  EXPECT_EQ(a.created, b.created);
}

}  // namespace
}  // namespace meshtrace::workloads
