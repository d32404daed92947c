// The loop from changes to writes, with an API server of a few lines: a writer that does what it is told and remembers.
#include "controller/reconciler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kMeshText = "# ours\naccessLogFile: /dev/stdout\n";
const json kLogs = {{"proxy", {{"accessLog", {{"traceHeaders", {"W3C"}}}}}}};
const json kHeaders = {{"proxy", {{"headers", {{"maxRequestHeadersKb", 96}}}}}};
constexpr std::chrono::seconds kPatience{20};  // milliseconds in fact
constexpr milliseconds kHolds{300};            // many rounds of the reconciler below

// Writes into the cache as an API server and its watch would.
class FakeWriter : public Writer {
 public:
  explicit FakeWriter(Cache& cache) : cache_(cache) {}

  // What answers instead, once, to a write of that kind.
  void script(const std::string& kind, Written answer) {
    const std::lock_guard lock(mutex_);
    scripted_[kind].push_back(std::move(answer));
  }
  void set_effect(std::function<void(json&)> effect) { effect_ = std::move(effect); }

  Written write(const Action& action) override {
    const std::lock_guard lock(mutex_);
    log_.push_back(action.object.kind + " " + name_of(action.verb));
    if (auto& answers = scripted_[action.object.kind]; !answers.empty()) {
      Written answer = answers.front();
      answers.erase(answers.begin());
      return answer;
    }
    const Kind kind =
        *std::find_if(kKinds.begin(), kKinds.end(), [&](Kind one) { return name_of(one) == action.object.kind; });
    const kube::ObjectKey key{action.object.ns, action.object.name};
    const bool goes =
        action.verb == Action::Verb::kDelete ||
        (action.verb == Action::Verb::kRemoveFinalizer && action.observed.at("metadata").contains("deletionTimestamp"));
    if (goes) {
      cache_.forget(kind, key);
      return {};
    }
    json object = result_of(action);
    if (effect_) effect_(object);
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    cache_.observe(kind, object);
    Written written;
    written.resource_version = std::to_string(version_);
    return written;
  }

  std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  int count(const std::string& line) {
    const auto all = log();
    return static_cast<int>(std::count(all.begin(), all.end(), line));
  }
  int next_version() {
    const std::lock_guard lock(mutex_);
    return ++version_;
  }

 private:
  Cache& cache_;
  std::mutex mutex_;
  std::vector<std::string> log_;
  std::map<std::string, std::vector<Written>> scripted_;
  std::function<void(json&)> effect_;
  int version_ = 1000;
};

class ReconcilerTest : public testing::Test {
 protected:
  ReconcilerTest() {
    options_.coalesce = milliseconds(1);
    options_.coalesce_pods = milliseconds(20);
    options_.retry = {milliseconds(1), milliseconds(5)};
  }
  ~ReconcilerTest() override { thread_ = {}; }

  void start() {
    cache_.apply(Kind::kConfigMap, replaced({config_map(kMeshText)}));
    cache_.apply(Kind::kTelemetry, replaced({}));
    cache_.apply(Kind::kEnvoyFilter, replaced({}));
    reconciler_ = std::make_unique<Reconciler>(
        options_,
        ReconcilerParts{cache_, writer_, watch_, services_, events_, metrics_, [this] { return leads_.load(); },
                        [](const auto&) { return nullptr; }},
        [] { return 0.5; });
    thread_ = std::jthread([this](const std::stop_token& stop) { reconciler_->run(stop); });
  }
  void set_policies(std::vector<json> policies) {
    for (json& policy : policies) policy["metadata"]["resourceVersion"] = std::to_string(writer_.next_version());
    cache_.apply(Kind::kTracingPolicy, replaced(std::move(policies)));
  }

  static bool until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(2));
    return holds();
  }
  // No write for a while.
  bool is_quiet() {
    const auto before = writer_.log().size();
    std::this_thread::sleep_for(kHolds);
    return writer_.log().size() == before;
  }
  json policy(const std::string& ns, const std::string& name) {
    const auto policies = cache_.snapshot().policies;
    const auto found = policies.find({ns, name});
    return found == policies.end() ? json() : found->second->object;
  }
  std::string programmed(const std::string& ns, const std::string& name) {
    const json object = policy(ns, name);
    if (!object.is_object() || !object.contains("status")) return "";
    for (const json& one : object["status"].value("conditions", json::array())) {
      if (one["type"] == "Programmed") return one["status"].get<std::string>() + " " + one["reason"].get<std::string>();
    }
    return "";
  }
  std::string text() {
    return cache_.snapshot().objects[Kind::kConfigMap].begin()->second->at("data").at("mesh").get<std::string>();
  }
  // The uid that its first owner reference names.
  std::string owner_of_filter(const std::string& ns) {
    const auto filters = cache_.snapshot().objects[Kind::kEnvoyFilter];
    for (const auto& [key, object] : filters) {
      if (key.ns == ns) return object->at("metadata").at("ownerReferences").at(0).at("uid").get<std::string>();
    }
    return "";
  }
  void set_text(const std::string& text) {
    json map = config_map(text, writer_.next_version());
    map["metadata"]["managedFields"] = {{{"manager", "argocd-controller"},
                                         {"operation", "Update"},
                                         {"time", "2026-11-21T11:00:00Z"},
                                         {"fieldsV1", {{"f:data", {{"f:mesh", json::object()}}}}}}};
    cache_.apply(Kind::kConfigMap, upserted(map));
  }

  Send nobody_ = [](const kube::Request&) -> Result<kube::Reply> { return fail("", "nobody is there"); };
  ReconcilerOptions options_;
  Cache cache_{kRoot};
  Metrics metrics_;
  FakeWriter writer_{cache_};
  MeshWatch watch_{{}, nobody_, metrics_, [] {}};
  Services services_{nobody_, milliseconds(60'000)};
  EventSender events_{{.reporting_controller = "meshtrace.io/controller", .reporting_instance = "test"}, nobody_};
  std::atomic<bool> leads_{true};
  std::unique_ptr<Reconciler> reconciler_;
  std::jthread thread_;
};

TEST_F(ReconcilerTest, RecordsBehindAFinalizerWhatItThenWritesIntoTheText) {
  start();
  set_policies({stored_policy(kRoot, "mesh", kLogs)});
  ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "True Programmed"; }));
  const std::vector<std::string> expected{"TracingPolicy add-finalizer", "TracingPolicy status", "ConfigMap update",
                                          "TracingPolicy status"};
  EXPECT_EQ(writer_.log(), expected);
  EXPECT_NE(text().find("TRACEPARENT"), std::string::npos);
  EXPECT_TRUE(is_quiet());
}

TEST_F(ReconcilerTest, PutsTheTextBackBeforeItLetsAPolicyGo) {
  start();
  set_policies({stored_policy(kRoot, "mesh", kLogs)});
  ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "True Programmed"; }));
  json going = policy(kRoot, "mesh");
  going["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z";
  going["metadata"]["generation"] = 2;
  set_policies({going});
  ASSERT_TRUE(until([&] { return policy(kRoot, "mesh").is_null(); }));
  EXPECT_EQ(text(), kMeshText);
  EXPECT_TRUE(is_quiet());
}

TEST_F(ReconcilerTest, WritesNothingWhereEverythingStandsHoweverOftenItIsWoken) {
  start();
  set_policies({stored_policy("shop", "shop", kHeaders), stored_policy(kRoot, "mesh", kLogs)});
  ASSERT_TRUE(until([&] {
    return programmed("shop", "shop") == "True Programmed" && programmed(kRoot, "mesh") == "True Programmed";
  }));
  const auto before = writer_.log().size();
  for (int i = 0; i < 20; ++i) {
    cache_.wake();
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(writer_.log().size(), before);
}

TEST_F(ReconcilerTest, PutsAForeignChangeRightTwiceAndLeavesTheThirdToTheOther) {
  start();
  set_policies({stored_policy(kRoot, "mesh", kLogs)});
  for (int revert = 1; revert <= 2; ++revert) {
    ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "True Programmed" && text() != kMeshText; })) << revert;
    set_text(kMeshText);
    ASSERT_TRUE(until([&] { return text() != kMeshText; })) << revert;
  }
  ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "True Programmed"; }));
  set_text(kMeshText);
  ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "False Reverted"; }));
  EXPECT_TRUE(is_quiet());
  EXPECT_EQ(text(), kMeshText);
  const std::string status = policy(kRoot, "mesh").at("status").dump();
  EXPECT_NE(status.find("argocd-controller"), std::string::npos) << status;
}

TEST_F(ReconcilerTest, SaysWhyAnObjectIsRefusedAndGoesOnTrying) {
  Written refused;
  refused.result = WriteResult::kRefused;
  refused.problem = "403 Forbidden: no";
  for (int i = 0; i < 3; ++i) writer_.script("EnvoyFilter", refused);
  options_.retry = {milliseconds(50), milliseconds(200)};
  start();
  set_policies({stored_policy("shop", "shop", kHeaders)});
  ASSERT_TRUE(until([&] { return programmed("shop", "shop") == "False WriteFailed"; }));
  ASSERT_TRUE(until([&] { return programmed("shop", "shop") == "True Programmed"; }));
  EXPECT_EQ(writer_.count("EnvoyFilter apply"), 4);
}

TEST_F(ReconcilerTest, DoesNotRepeatAWriteOfWhichTheServerDropsAPart) {
  writer_.set_effect([](json& object) {
    if (object["kind"] == "EnvoyFilter") object["spec"].erase("priority");
  });
  start();
  set_policies({stored_policy("shop", "shop", kHeaders)});
  ASSERT_TRUE(until([&] { return writer_.count("EnvoyFilter apply") == 1; }));
  EXPECT_TRUE(until([&] { return is_quiet(); }));
  EXPECT_EQ(writer_.count("EnvoyFilter apply"), 1);
}

TEST_F(ReconcilerTest, WaitsForTheServerWhenItGivesNoReply) {
  Written none;
  none.result = WriteResult::kNoReply;
  for (int i = 0; i < 3; ++i) writer_.script("TracingPolicy", none);
  start();
  std::vector<json> policies;
  for (int i = 0; i < 50; ++i) policies.push_back(stored_policy("shop", "p" + std::to_string(i), kHeaders));
  set_policies(policies);
  ASSERT_TRUE(until([&] { return writer_.log().size() == 1; }));
  std::this_thread::sleep_for(milliseconds(50));  // the first back-off is longer
  EXPECT_EQ(writer_.log().size(), 1u);
  EXPECT_TRUE(until([&] { return writer_.count("TracingPolicy status") >= 53; }));
}

TEST_F(ReconcilerTest, WritesNothingUntilItLeads) {
  leads_ = false;
  start();
  set_policies({stored_policy(kRoot, "mesh", kLogs)});
  EXPECT_TRUE(is_quiet());
  EXPECT_TRUE(writer_.log().empty());
  leads_ = true;
  cache_.wake();
  EXPECT_TRUE(until([&] { return programmed(kRoot, "mesh") == "True Programmed"; }));
}

// Made again within one look of ours it has the old one's name and generation, but an owner reference to the old uid
// would let the garbage collector take what is written.
TEST_F(ReconcilerTest, GivesWhatIsWrittenToAPolicyThatWasMadeAgainUnderItsName) {
  start();
  set_policies({stored_policy("shop", "shop", kHeaders)});
  ASSERT_TRUE(until([&] { return programmed("shop", "shop") == "True Programmed"; }));
  json again = stored_policy("shop", "shop", kHeaders);
  again["metadata"]["uid"] = "uid-of-the-second";
  set_policies({again});
  EXPECT_TRUE(until([&] { return owner_of_filter("shop") == "uid-of-the-second"; })) << owner_of_filter("shop");
}

TEST_F(ReconcilerTest, SaysThatAPolicyIsInvalidAndTakesBackWhatItHadWritten) {
  start();
  set_policies({stored_policy(kRoot, "mesh", kLogs)});
  ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "True Programmed"; }));
  json bad = policy(kRoot, "mesh");
  bad["spec"] = {{"proxy", {{"accessLog", {{"traceHeaders", {"W4C"}}}}}}};
  bad["metadata"]["generation"] = 2;
  set_policies({bad});
  ASSERT_TRUE(until([&] { return programmed(kRoot, "mesh") == "False Invalid" && text() == kMeshText; }));
  ASSERT_TRUE(until([&] { return !policy(kRoot, "mesh")["metadata"].contains("finalizers"); }));
  EXPECT_TRUE(is_quiet());
}

}  // namespace
}  // namespace meshtrace::controller
