// The recorder of Events, driven by scripted replies.
#include "kube/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace meshtrace::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNoon = std::chrono::sys_seconds(seconds(1'795'262'400));  // 2026-11-21T12:00:00Z

class EventsTest : public testing::Test {
 protected:
  static EventRecorderOptions options() {
    EventRecorderOptions options;
    options.reporting_controller = "meshtrace.io/controller";
    options.reporting_instance = "meshtrace-controller-0";
    return options;
  }
  static Event rejected(const std::string& name = "checkout") {
    return {Event::Type::kWarning,
            {"meshtrace.io/v1alpha1", "TracingPolicy", "shop", name, "u-1"},
            "Rejected",
            "WriteMeshConfig",
            "a proxy refused lds"};
  }
  void record(const Event& event) {
    recorder_.record(event, now_, kNoon + (now_ - Moment{}) / seconds(1) * seconds(1));
  }
  // The request that is due now, answered with `status`.
  std::optional<Request> send(int status) {
    const auto step = recorder_.next(now_);
    if (step.request) recorder_.on_reply({status, "{}", {}}, now_);
    return step.request;
  }
  std::vector<std::string> send_all(int status = 201) {
    std::vector<std::string> methods;
    while (const auto request = send(status)) methods.push_back(request->method);
    return methods;
  }

  Moment now_ = Moment{} + seconds(1);
  EventRecorder recorder_{options(), [] { return 0.0; }};
};

TEST_F(EventsTest, TheFirstIsCreated) {
  record(rejected());
  const auto request = send(201);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->target(), "/apis/events.k8s.io/v1/namespaces/shop/events");
  EXPECT_EQ(json::parse(request->body), json::parse(R"({
    "apiVersion": "events.k8s.io/v1", "kind": "Event",
    "metadata": {"name": "checkout.18ea0da45a384a00", "namespace": "shop"},
    "eventTime": "2026-11-21T12:00:01.000000Z", "type": "Warning", "reason": "Rejected", "action": "WriteMeshConfig",
    "note": "a proxy refused lds",
    "reportingController": "meshtrace.io/controller", "reportingInstance": "meshtrace-controller-0",
    "regarding": {"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy", "namespace": "shop",
                  "name": "checkout", "uid": "u-1"}})"));
  EXPECT_FALSE(send(201));
}

TEST_F(EventsTest, TheSecondMakesASeriesAndFurtherOnesOnlyCount) {
  record(rejected());
  const std::string name = json::parse(send(201)->body)["metadata"]["name"];
  now_ += seconds(10);
  record(rejected());
  const auto patch = send(200);
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->method, "PATCH");
  EXPECT_EQ(patch->path, "/apis/events.k8s.io/v1/namespaces/shop/events/" + name);
  EXPECT_EQ(json::parse(patch->body),
            json::parse(R"({"series": {"count": 2, "lastObservedTime": "2026-11-21T12:00:11.000000Z"}})"));
  for (int i = 0; i < 100; ++i) record(rejected());
  EXPECT_FALSE(send(200));
}

TEST_F(EventsTest, ASeriesIsWrittenEveryHalfHourAndWhenItHasEnded) {
  record(rejected());
  record(rejected());
  EXPECT_THAT(send_all(), testing::SizeIs(1)) << "both before the first was sent: one create with its series";
  int writes = 0;
  for (int minute = 0; minute < 65; ++minute) {
    now_ += minutes(1);
    record(rejected());
    writes += static_cast<int>(send_all(200).size());
  }
  EXPECT_EQ(writes, 2);
  now_ += minutes(7);
  const auto last = send(200);
  ASSERT_TRUE(last);
  EXPECT_EQ(json::parse(last->body)["series"]["count"], 67);
  now_ += minutes(2);
  EXPECT_FALSE(send(200));
  record(rejected());
  EXPECT_EQ(send(201)->method, "POST") << "the series is over, this is a new Event";
}

TEST_F(EventsTest, ASingleOneIsForgottenAfterSixMinutes) {
  record(rejected());
  send(201);
  now_ += minutes(5);
  EXPECT_FALSE(send(200));
  now_ += minutes(2);
  EXPECT_EQ(recorder_.next(now_).wait_until, Moment::max()) << "nothing is remembered, nothing to wait for";
}

TEST_F(EventsTest, OtherObjectsAndReasonsAreOtherEvents) {
  record(rejected("a"));
  record(rejected("b"));
  Event other = rejected("a");
  other.reason = "Reverted";
  record(other);
  EXPECT_THAT(send_all(), testing::ElementsAre("POST", "POST", "POST"));
}

TEST_F(EventsTest, AnEventOfAnObjectWithoutNamespaceIsInDefault) {
  Event event = rejected();
  event.regarding.ns.clear();
  record(event);
  EXPECT_EQ(send(201)->path, "/apis/events.k8s.io/v1/namespaces/default/events");
}

TEST_F(EventsTest, NoFieldIsLongerThanTheApiServerTakes) {
  Event event = rejected(std::string(253, 'n'));
  event.note = std::string(1023, 'x') + "ä\nand more";
  event.reason = std::string(200, 'R');
  record(event);
  const json sent = json::parse(send(201)->body);
  EXPECT_LE(sent["metadata"]["name"].get<std::string>().size(), 253u);
  EXPECT_LE(sent["note"].get<std::string>().size(), 1024u);
  EXPECT_LE(sent["reason"].get<std::string>().size(), 128u);
}

TEST_F(EventsTest, TwoOfOneMomentHaveTwoNames) {
  record(rejected());
  Event other = rejected();
  other.action = "Other";
  record(other);
  EXPECT_NE(json::parse(send(201)->body)["metadata"]["name"], json::parse(send(201)->body)["metadata"]["name"]);
}

TEST_F(EventsTest, TheRateIsLimited) {
  for (int i = 0; i < 200; ++i) record(rejected("p" + std::to_string(i)));
  EXPECT_EQ(send_all().size(), 50u);
  EXPECT_EQ(recorder_.next(now_).wait_until, now_ + milliseconds(200));
  now_ += seconds(10);
  EXPECT_EQ(send_all().size(), 50u);
  now_ += seconds(2);
  EXPECT_EQ(send_all().size(), 10u);
}

TEST_F(EventsTest, MemoryIsLimited) {
  for (int i = 0; i < 5000; ++i) record(rejected("p" + std::to_string(i)));
  EXPECT_EQ(recorder_.dropped(), 5000u - 4096u);
}

TEST_F(EventsTest, IsTriedTwelveTimesWhileTheServerIsAway) {
  record(rejected());
  for (int attempt = 1; attempt <= 12; ++attempt) {
    ASSERT_TRUE(recorder_.next(now_).request) << attempt;
    recorder_.on_no_reply(now_);
    if (attempt < 12) {
      EXPECT_EQ(recorder_.next(now_).wait_until, now_ + seconds(10));
    }
    now_ += seconds(10);
  }
  EXPECT_FALSE(recorder_.next(now_).request);
  EXPECT_EQ(recorder_.dropped(), 1u);
}

struct AnswerCase {
  const char* name;
  int status;
  std::size_t further;  // requests that follow at once
  seconds pause;        // before the next, if there is one
  std::uint64_t dropped;
};
class EventAnswered : public EventsTest, public testing::WithParamInterface<AnswerCase> {};

TEST_P(EventAnswered, ToACreate) {
  record(rejected());
  send(GetParam().status);
  EXPECT_EQ(send_all().size(), GetParam().further);
  now_ += GetParam().pause;
  EXPECT_EQ(send_all().size(), GetParam().pause.count() > 0 ? 1u : 0u);
  EXPECT_EQ(recorder_.dropped(), GetParam().dropped);
}

INSTANTIATE_TEST_SUITE_P(
    , EventAnswered,
    testing::Values(AnswerCase{"Created", 201, 0, seconds(0), 0}, AnswerCase{"ItIsThereAlready", 409, 0, seconds(0), 0},
                    AnswerCase{"TooManyRequests", 429, 0, seconds(10), 0},
                    AnswerCase{"ServerError", 500, 0, seconds(10), 0}, AnswerCase{"Forbidden", 403, 0, seconds(0), 1},
                    AnswerCase{"NoSuchNamespace", 404, 0, seconds(0), 1}, AnswerCase{"Invalid", 422, 0, seconds(0), 1}),
    [](const auto& test) { return test.param.name; });

TEST_F(EventsTest, ASeriesWhoseEventIsGoneIsCreatedAnew) {
  record(rejected());
  send(201);
  record(rejected());
  EXPECT_EQ(send(404)->method, "PATCH");
  const auto again = send(201);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->method, "POST");
  EXPECT_EQ(json::parse(again->body)["series"]["count"], 2);
}

TEST_F(EventsTest, ACreateThatWasThereAlreadyIsFollowedByItsSeries) {
  record(rejected());
  record(rejected());
  EXPECT_EQ(send(409)->method, "POST");
  EXPECT_EQ(send(200)->method, "PATCH");
  EXPECT_FALSE(send(200));
}

}  // namespace
}  // namespace meshtrace::kube
