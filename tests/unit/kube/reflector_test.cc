// The reflector, driven by scripted replies.
#include "kube/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Kind = Reflector::Step::Kind;

json policy(const std::string& name, const std::string& version) {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", version}}}};
}

Reply page(const std::string& version, std::vector<json> items, const std::string& continue_token = {}) {
  const json list = {{"kind", "TracingPolicyList"},
                     {"metadata", {{"resourceVersion", version}, {"continue", continue_token}}},
                     {"items", std::move(items)}};
  return {200, list.dump(), {}};
}

Reply status(int code, const std::string& reason) {
  return {code, json{{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", "because"}}.dump(), {}};
}

std::string line(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump();
}

class ReflectorTest : public testing::Test {
 protected:
  static ReflectorOptions options() {
    ReflectorOptions options;
    options.resource = {"meshtrace.io", "v1alpha1", "tracingpolicies", ""};
    options.backoff = {milliseconds(200), milliseconds(10'000)};
    return options;
  }

  // Lists one object and opens a watch.
  void sync() {
    reflector_.next();
    ASSERT_TRUE(reflector_.on_list_reply(page("100", {policy("a", "90")})).change);
    reflector_.next();
    ASSERT_TRUE(reflector_.on_watch_reply({200, "", {}}, now_).keep_reading);
  }

  Moment now_{};
  // 1.0 would be outside [0, 1) but makes every delay the whole one, which reads best.
  Reflector reflector_{options(), [] { return 1.0; }};
};

TEST_F(ReflectorTest, ListsFirstAndThenWatchesFromTheVersionOfTheList) {
  const auto list = reflector_.next();
  EXPECT_EQ(list.kind, Kind::kList);
  EXPECT_EQ(list.delay, milliseconds(0));
  EXPECT_EQ(list.request.target(), "/apis/meshtrace.io/v1alpha1/tracingpolicies?limit=500");
  const auto progress = reflector_.on_list_reply(page("100", {policy("a", "90"), policy("b", "91")}));
  ASSERT_TRUE(progress.change);
  EXPECT_EQ(progress.change->kind, Change::Kind::kReplace);
  EXPECT_EQ(progress.change->objects.size(), 2u);
  EXPECT_FALSE(progress.problem);
  const auto watch = reflector_.next();
  EXPECT_EQ(watch.kind, Kind::kWatch);
  EXPECT_EQ(watch.request.target(),
            "/apis/meshtrace.io/v1alpha1/tracingpolicies"
            "?watch=true&allowWatchBookmarks=true&resourceVersion=100&timeoutSeconds=295");
}

TEST_F(ReflectorTest, GathersAllPagesBeforeItReplacesAnything) {
  reflector_.next();
  EXPECT_FALSE(reflector_.on_list_reply(page("100", {policy("a", "90")}, "more/=")).change);
  EXPECT_EQ(reflector_.next().request.target(),
            "/apis/meshtrace.io/v1alpha1/tracingpolicies?limit=500&continue=more%2F%3D");
  const auto progress = reflector_.on_list_reply(page("100", {policy("b", "91")}));
  ASSERT_TRUE(progress.change);
  EXPECT_EQ(progress.change->objects.size(), 2u);
}

TEST_F(ReflectorTest, StartsTheListAnewWhenItsContinueTokenExpired) {
  reflector_.next();
  reflector_.on_list_reply(page("100", {policy("a", "90")}, "old"));
  reflector_.next();
  const auto expired = reflector_.on_list_reply(status(410, "Expired"));
  ASSERT_TRUE(expired.problem);
  EXPECT_EQ(expired.problem->status, kGone);
  EXPECT_EQ(reflector_.next().request.target(), "/apis/meshtrace.io/v1alpha1/tracingpolicies?limit=500");
  EXPECT_EQ(reflector_.on_list_reply(page("120", {policy("a", "90")})).change->objects.size(), 1u);
}

TEST_F(ReflectorTest, HandsOnWhatTheWatchSays) {
  sync();
  auto progress = reflector_.on_watch_line(line("ADDED", policy("b", "101")));
  EXPECT_EQ(progress.change->kind, Change::Kind::kUpsert);
  progress = reflector_.on_watch_line(line("MODIFIED", policy("b", "102")));
  EXPECT_EQ(progress.change->kind, Change::Kind::kUpsert);
  EXPECT_EQ(progress.change->objects[0], policy("b", "102"));
  progress = reflector_.on_watch_line(line("DELETED", policy("b", "103")));
  EXPECT_EQ(progress.change->kind, Change::Kind::kDelete);
  EXPECT_TRUE(progress.keep_reading);
}

TEST_F(ReflectorTest, DropsManagedFields) {
  sync();
  json object = policy("b", "101");
  object["metadata"]["managedFields"] = json::array({{{"manager", "kubectl"}}});
  EXPECT_EQ(reflector_.on_watch_line(line("ADDED", object)).change->objects[0], policy("b", "101"));
}

TEST_F(ReflectorTest, ResumesAnEndedWatchAtOnceFromItsLastVersion) {
  sync();
  reflector_.on_watch_line(line("ADDED", policy("b", "101")));
  EXPECT_FALSE(reflector_.on_watch_end(std::nullopt, now_ + seconds(250)).problem);
  const auto step = reflector_.next();
  EXPECT_EQ(step.kind, Kind::kWatch);
  EXPECT_EQ(step.delay, milliseconds(0));
  EXPECT_THAT(step.request.target(), HasSubstr("resourceVersion=101&"));
}

TEST_F(ReflectorTest, ResumesABrokenWatchAfterAPauseFromItsLastVersion) {
  sync();
  reflector_.on_watch_line(line("ADDED", policy("b", "101")));
  const auto progress = reflector_.on_watch_end(Error{"https://api", "reset"}, now_ + seconds(20));
  EXPECT_EQ(progress.problem->message, "watch tracingpolicies.meshtrace.io: https://api: reset");
  const auto step = reflector_.next();
  EXPECT_EQ(step.delay, milliseconds(200));
  EXPECT_THAT(step.request.target(), HasSubstr("resourceVersion=101&"));
}

TEST_F(ReflectorTest, ABookmarkAdvancesTheVersionAndChangesNothing) {
  sync();
  const auto progress = reflector_.on_watch_line(line("BOOKMARK", {{"metadata", {{"resourceVersion", "5000"}}}}));
  EXPECT_FALSE(progress.change);
  reflector_.on_watch_end(std::nullopt, now_ + seconds(250));
  EXPECT_THAT(reflector_.next().request.target(), HasSubstr("resourceVersion=5000&"));
}

struct RelistCase {
  const char* name;
  std::string line;
  const char* message;
};
class ReflectorRelists : public ReflectorTest, public testing::WithParamInterface<RelistCase> {};

TEST_P(ReflectorRelists, WhenALineLeavesItUnsure) {
  sync();
  const auto progress = reflector_.on_watch_line(GetParam().line);
  EXPECT_FALSE(progress.keep_reading);
  EXPECT_FALSE(progress.change);
  ASSERT_TRUE(progress.problem);
  EXPECT_THAT(progress.problem->message, HasSubstr(GetParam().message));
  const auto step = reflector_.next();
  EXPECT_EQ(step.kind, Kind::kList);
  EXPECT_EQ(step.delay, milliseconds(200));
}

INSTANTIATE_TEST_SUITE_P(
    , ReflectorRelists,
    testing::Values(
        RelistCase{"Gone",
                   line("ERROR", {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "old"}}),
                   "410 Expired: old"},
        RelistCase{"ServerError", line("ERROR", {{"kind", "Status"}, {"code", 500}, {"message", "etcd"}}), "500 "},
        RelistCase{"ErrorWithoutCode", line("ERROR", json::object()), "HTTP status 0"},
        RelistCase{"NotJson", "{\"type\":", "not JSON"},
        RelistCase{"UnknownType", line("RENAMED", policy("a", "1")), "'RENAMED'"},
        RelistCase{"NoObject", R"({"type":"ADDED"})", "without an object"},
        RelistCase{"NoVersion", line("ADDED", {{"metadata", {{"name", "a"}}}}), "no resourceVersion"},
        RelistCase{"TooDeep", std::string(100'000, '[') + std::string(100'000, ']'), "levels deep"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ReflectorTest, RelistsWhenALineIsTooLong) {
  sync();
  EXPECT_TRUE(reflector_.on_watch_line_too_long().problem);
  EXPECT_EQ(reflector_.next().kind, Kind::kList);
}

struct RefusalCase {
  const char* name;
  int status;
  Kind next;
};
class ReflectorWatchRefused : public ReflectorTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(ReflectorWatchRefused, GoesOnWithTheRightStep) {
  reflector_.next();
  reflector_.on_list_reply(page("100", {}));
  reflector_.next();
  const auto progress = reflector_.on_watch_reply(status(GetParam().status, "Reason"), now_);
  EXPECT_FALSE(progress.keep_reading);
  EXPECT_EQ(progress.problem->status, GetParam().status);
  const auto step = reflector_.next();
  EXPECT_EQ(step.kind, GetParam().next);
  EXPECT_EQ(step.delay, milliseconds(200));
}

INSTANTIATE_TEST_SUITE_P(
    , ReflectorWatchRefused,
    testing::Values(RefusalCase{"Gone", 410, Kind::kList}, RefusalCase{"NotFound", 404, Kind::kList},
                    RefusalCase{"Unauthorized", 401, Kind::kWatch}, RefusalCase{"Forbidden", 403, Kind::kWatch},
                    RefusalCase{"TooManyRequests", 429, Kind::kWatch}, RefusalCase{"Unavailable", 503, Kind::kWatch}),
    [](const auto& test) { return test.param.name; });

TEST_F(ReflectorTest, BacksOffLongerAndLongerUpToTheCap) {
  std::vector<int> delays;
  for (int failure = 0; failure < 8; ++failure) {
    reflector_.next();
    EXPECT_TRUE(reflector_.on_no_reply(Error{"", "refused"}).problem);
    delays.push_back(static_cast<int>(reflector_.next().delay.count()));
  }
  EXPECT_EQ(delays, (std::vector<int>{200, 400, 800, 1600, 3200, 6400, 10'000, 10'000}));
}

TEST_F(ReflectorTest, AWatchThatBroughtSomethingResetsTheBackOff) {
  for (int failure = 0; failure < 5; ++failure) reflector_.on_no_reply(Error{"", "refused"});
  sync();
  reflector_.on_watch_line(line("ADDED", policy("b", "101")));
  reflector_.on_watch_end(Error{"", "reset"}, now_);
  EXPECT_EQ(reflector_.next().delay, milliseconds(200));
}

TEST_F(ReflectorTest, AWatchThatLastedResetsTheBackOff) {
  for (int failure = 0; failure < 5; ++failure) reflector_.on_no_reply(Error{"", "refused"});
  sync();
  reflector_.on_watch_end(Error{"", "reset"}, now_ + seconds(2));
  EXPECT_EQ(reflector_.next().delay, milliseconds(200));
}

TEST_F(ReflectorTest, WatchesThatEndAtOnceBackOffThoughTheListsSucceed) {
  sync();
  std::vector<int> delays;
  for (int failure = 0; failure < 3; ++failure) {
    EXPECT_TRUE(reflector_.on_watch_end(std::nullopt, now_ + milliseconds(5)).problem);
    delays.push_back(static_cast<int>(reflector_.next().delay.count()));
    reflector_.on_watch_reply({200, "", {}}, now_);
  }
  EXPECT_EQ(delays, (std::vector<int>{200, 400, 800}));
}

TEST_F(ReflectorTest, WaitsAsLongAsTheServerAsksButNotForEver) {
  reflector_.next();
  reflector_.on_list_reply({429, "", seconds(3)});
  EXPECT_EQ(reflector_.next().delay, seconds(3));
  reflector_.on_list_reply({503, "", seconds(86'400)});
  EXPECT_EQ(reflector_.next().delay, seconds(60));
}

struct BadListCase {
  const char* name;
  std::string body;
  const char* message;
};
class ReflectorBadList : public ReflectorTest, public testing::WithParamInterface<BadListCase> {};

TEST_P(ReflectorBadList, IsAProblemAndIsListedAgain) {
  reflector_.next();
  const auto progress = reflector_.on_list_reply({200, GetParam().body, {}});
  EXPECT_FALSE(progress.change);
  ASSERT_TRUE(progress.problem);
  EXPECT_THAT(progress.problem->message, HasSubstr(GetParam().message));
  const auto step = reflector_.next();
  EXPECT_EQ(step.kind, Kind::kList);
  EXPECT_GT(step.delay, milliseconds(0));
}

INSTANTIATE_TEST_SUITE_P(
    , ReflectorBadList,
    testing::Values(BadListCase{"Empty", "", "not JSON"}, BadListCase{"NoObject", "[]", "no list"},
                    BadListCase{"NoItems", R"({"metadata":{"resourceVersion":"1"}})", "no list"},
                    BadListCase{"OddItem", R"({"metadata":{"resourceVersion":"1"},"items":[1]})", "no object"},
                    BadListCase{"NoVersion", R"({"metadata":{},"items":[]})", "no resourceVersion"}),
    [](const auto& test) { return test.param.name; });

TEST(ReflectorLimits, RefusesACollectionLargerThanItsLimit) {
  ReflectorOptions options;
  options.resource = {"", "v1", "pods", "shop"};
  options.max_objects = 2;
  Reflector reflector(options, [] { return 0.0; });
  EXPECT_EQ(reflector.next().request.path, "/api/v1/namespaces/shop/pods");
  reflector.on_list_reply(page("1", {policy("a", "1"), policy("b", "1")}, "more"));
  const auto progress = reflector.on_list_reply(page("1", {policy("c", "1")}));
  EXPECT_EQ(progress.problem->message, "list pods: more than 2 objects");
}

TEST(ReflectorTimeout, AsksForLessThanFiveMinutesWhateverTheRandomNumber) {
  for (const double number : {0.0, 0.5, 0.999}) {
    Reflector reflector({}, [number] { return number; });
    reflector.on_list_reply(page("1", {}));
    const auto step = reflector.next();
    const int timeout = std::stoi(step.request.query.back().second);
    EXPECT_EQ(step.request.query.back().first, "timeoutSeconds");
    EXPECT_GE(timeout, 240);
    EXPECT_LT(timeout, 300);
  }
}

}  // namespace
}  // namespace meshtrace::kube
