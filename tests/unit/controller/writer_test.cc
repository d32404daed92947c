// What a write sends, and what becomes of the answer.
#include "controller/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/mesh/plan.h"
#include "support.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;
using Verb = Action::Verb;

const json kSpec = {{"priority", 10}};

class WriterTest : public testing::Test {
 protected:
  Written write(const Action& action) { return writer_.write(action); }

  std::string query(std::size_t request, const std::string& key) const {
    for (const auto& [name, value] : sent_.at(request).query) {
      if (name == key) return value;
    }
    return "";
  }

  static Action apply(const json& observed) {
    return {Verb::kApply,
            {"EnvoyFilter", "shop", "meshtrace-shop"},
            envoy_filter("shop", "meshtrace-shop", kSpec),
            observed,
            {},
            {},
            {}};
  }

  std::vector<kube::Request> sent_;
  std::vector<kube::Reply> replies_;  // the last first; none left: 200 with the object of the request
  bool leads_ = true;
  Cache cache_{kRoot};
  Metrics metrics_;
  ApiWriter writer_{[this](const kube::Request& request) -> Result<kube::Reply> {
                      sent_.push_back(request);
                      if (replies_.empty()) return kube::Reply{200, request.body, {}};
                      kube::Reply reply = replies_.back();
                      replies_.pop_back();
                      return reply;
                    },
                    [this] { return leads_; }, cache_, metrics_};
};

TEST_F(WriterTest, SendsNothingWithoutTheLease) {
  leads_ = false;
  EXPECT_EQ(write(apply({})).result, WriteResult::kNotLeader);
  EXPECT_TRUE(sent_.empty());
}

TEST_F(WriterTest, ForcesOnlyOverAnObjectOfOurs) {
  write(apply({}));
  EXPECT_EQ(query(0, "force"), "");
  EXPECT_EQ(query(0, "fieldManager"), "meshtrace-controller");
  write(apply(envoy_filter("shop", "meshtrace-shop", {{"priority", 11}})));
  EXPECT_EQ(query(1, "force"), "true");
  json foreign = envoy_filter("shop", "meshtrace-shop", kSpec);
  foreign["metadata"].erase("labels");
  EXPECT_EQ(write(apply(foreign)).result, WriteResult::kRefused);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(WriterTest, RemovesWhatAnotherManagerAddedWhichAnApplyWouldLeave) {
  json stored = envoy_filter("shop", "meshtrace-shop", kSpec, 7);
  stored["spec"]["workloadSelector"] = {{"labels", {{"app", "x"}}}};
  stored["metadata"]["managedFields"] = {
      {{"manager", "kubectl-edit"}, {"fieldsV1", {{"f:spec", {{"f:workloadSelector", json::object()}}}}}}};
  replies_ = {{200, envoy_filter("shop", "meshtrace-shop", kSpec, 8).dump(), {}}, {200, stored.dump(), {}}};
  EXPECT_EQ(write(apply(stored)).result, WriteResult::kWritten);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(json::parse(sent_[1].body),
            json({{"metadata", {{"resourceVersion", "7"}}}, {"spec", {{"workloadSelector", nullptr}}}}));
}

TEST_F(WriterTest, DeletesTheVeryObjectThatItLookedAtAndTakesGoneForDone) {
  replies_ = {{404, "", {}}};
  const Action action{Verb::kDelete,
                      {"EnvoyFilter", "shop", "meshtrace-shop"},
                      {},
                      envoy_filter("shop", "meshtrace-shop", kSpec, 5),
                      {},
                      {},
                      {}};
  EXPECT_EQ(write(action).result, WriteResult::kWritten);
  const json preconditions = json::parse(sent_[0].body).at("preconditions");
  EXPECT_EQ(preconditions, json({{"resourceVersion", "5"}, {"uid", "uid-meshtrace-shop"}}));
}

TEST_F(WriterTest, PutsTheAnswerIntoTheCache) {
  replies_ = {{200, envoy_filter("shop", "meshtrace-shop", kSpec, 9).dump(), {}}};
  const Written written = write(apply({}));
  EXPECT_EQ(written.resource_version, "9");
  EXPECT_EQ(cache_.snapshot().objects[Kind::kEnvoyFilter].size(), 1u);
}

TEST_F(WriterTest, TellsAConflictOfVersionsFromOneOfOwners) {
  const json outdated = {{"kind", "Status"}, {"code", 409}, {"reason", "Conflict"}, {"message", "modified"}};
  json owned = outdated;
  owned["details"]["causes"] = {{{"reason", "FieldManagerConflict"},
                                 {"message", "conflict with \"helm\" using v1"},
                                 {"field", ".spec.priority"}}};
  replies_ = {{409, owned.dump(), {}}, {409, outdated.dump(), {}}};
  EXPECT_EQ(write(apply({})).result, WriteResult::kConflict);
  const Written refused = write(apply({}));
  EXPECT_EQ(refused.result, WriteResult::kRefused);
  EXPECT_NE(refused.problem.find("helm"), std::string::npos) << refused.problem;
}

TEST_F(WriterTest, SaysWhenTheServerWantsToBeLeftAlone) {
  replies_ = {{403, "", {}}, {500, "", {}}, {429, "", std::chrono::seconds(7)}};
  const Written busy = write(apply({}));
  EXPECT_TRUE(busy.overloaded);
  EXPECT_EQ(busy.retry_after, std::chrono::seconds(7));
  EXPECT_TRUE(write(apply({})).overloaded);
  EXPECT_FALSE(write(apply({})).overloaded);
}

TEST_F(WriterTest, WritesAStatusToItsSubresourceUnderTheVersionItWasMadeFrom) {
  const Action action{Verb::kStatus,
                      {policy::kKind, "shop", "shop"},
                      {{"metadata", {{"resourceVersion", "3"}}}, {"status", {{"targets", nullptr}}}},
                      stored_policy("shop", "shop", json::object(), 3),
                      {},
                      {},
                      {}};
  replies_ = {{200, "not JSON", {}}};
  EXPECT_EQ(write(action).result, WriteResult::kWritten);
  EXPECT_TRUE(sent_[0].path.ends_with("/namespaces/shop/tracingpolicies/shop/status")) << sent_[0].path;
  EXPECT_EQ(json::parse(sent_[0].body), action.body);
}

}  // namespace
}  // namespace meshtrace::controller
