// Leader election, played against a Lease that keeps resourceVersion as the API server does.
#include "kube/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::kube {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const WallTime kWall = std::chrono::sys_seconds(seconds(1'795'262'400));  // 2026-11-21T12:00:00Z

LeaseOptions options(const std::string& identity) {
  LeaseOptions options;
  options.ns = "meshtrace-system";
  options.name = "meshtrace-controller";
  options.identity = identity;
  return options;
}

// One Lease behind the API's rules.
class LeaseServer {
 public:
  Reply answer(const Request& request) {
    if (request.method == "GET") return stored_.is_null() ? Reply{404, "{}", {}} : Reply{200, stored_.dump(), {}};
    const json sent = json::parse(request.body);
    if (request.method == "POST") {
      if (!stored_.is_null()) return {409, "{}", {}};
      return store(sent, 201);
    }
    if (stored_.is_null()) return {404, "{}", {}};
    if (sent["metadata"]["resourceVersion"] != stored_["metadata"]["resourceVersion"]) return {409, "{}", {}};
    return store(sent, 200);
  }
  [[nodiscard]] const json& spec() const { return stored_["spec"]; }
  void remove() { stored_ = nullptr; }

 private:
  Reply store(json lease, int status) {
    lease["metadata"]["resourceVersion"] = std::to_string(++version_);
    stored_ = std::move(lease);
    return {status, stored_.dump(), {}};
  }
  json stored_;
  int version_ = 0;
};

// A replica: its elector, and its own idea of the time of day.
struct Replica {
  explicit Replica(const std::string& identity, std::chrono::seconds skew = seconds(0), double random = 0)
      : elector(options(identity), [random] { return random; }), skew(skew) {}

  // Everything that is to be sent by now is sent and answered.
  void run(LeaseServer& server, Moment now) {
    for (;;) {
      const auto step = elector.next(now, kWall + skew + std::chrono::floor<seconds>(now.time_since_epoch()));
      if (!step.request) return;
      ++requests;
      elector.on_reply(server.answer(*step.request), now);
    }
  }
  LeaderElector elector;
  std::chrono::seconds skew;
  int requests = 0;
};

Moment at(milliseconds time) { return Moment(time); }

TEST(LeaseTest, TheFirstCreatesTheLeaseAndLeads) {
  LeaseServer server;
  Replica a("a");
  a.run(server, at(seconds(0)));
  EXPECT_TRUE(a.elector.leading(at(seconds(0))));
  EXPECT_EQ(server.spec(), json::parse(R"({"holderIdentity": "a", "leaseDurationSeconds": 15, "leaseTransitions": 0,
      "acquireTime": "2026-11-21T12:00:00.000000Z", "renewTime": "2026-11-21T12:00:00.000000Z"})"));
}

TEST(LeaseTest, TheLeaderRenewsByOneRequestEachRetryPeriod) {
  LeaseServer server;
  Replica a("a");
  for (int second = 0; second <= 60; ++second) a.run(server, at(seconds(second)));
  EXPECT_EQ(a.requests, 2 + 30) << "GET and POST, then a PUT every two seconds";
  EXPECT_TRUE(a.elector.leading(at(seconds(60))));
  EXPECT_EQ(server.spec()["renewTime"], "2026-11-21T12:01:00.000000Z");
  EXPECT_EQ(server.spec()["acquireTime"], "2026-11-21T12:00:00.000000Z");
}

TEST(LeaseTest, ACandidateTakesOverOnlyWhenTheLeaseStoodStillForItsDuration) {
  LeaseServer server;
  Replica a("a");
  Replica b("b");
  a.run(server, at(seconds(0)));
  for (int second = 1; second < 16; ++second) {
    b.run(server, at(seconds(second)));
    EXPECT_FALSE(b.elector.leading(at(seconds(second)))) << second;
  }
  EXPECT_EQ(b.elector.holder(), "a");
  b.run(server, at(seconds(17)));
  EXPECT_TRUE(b.elector.leading(at(seconds(17))));
  EXPECT_EQ(server.spec()["leaseTransitions"], 1);
  EXPECT_EQ(server.spec()["acquireTime"], "2026-11-21T12:00:17.000000Z");
  EXPECT_FALSE(a.elector.leading(at(seconds(17)))) << "it must not need to hear of it";
}

TEST(LeaseTest, LeadershipEndsByItselfWhenRenewalsDoNotGetThrough) {
  LeaseServer server;
  Replica a("a");
  a.run(server, at(seconds(0)));
  EXPECT_TRUE(a.elector.leading(at(milliseconds(9'999))));
  EXPECT_FALSE(a.elector.leading(at(seconds(10))));
  EXPECT_EQ(a.elector.leading_until(), at(seconds(10)));
}

TEST(LeaseTest, ASlowReplyDoesNotLengthenLeadership) {
  LeaseServer server;
  Replica a("a");
  a.run(server, at(seconds(0)));
  const auto step = a.elector.next(at(seconds(2)), kWall);
  ASSERT_TRUE(step.request);
  a.elector.on_reply(server.answer(*step.request), at(seconds(9)));
  EXPECT_EQ(a.elector.leading_until(), at(seconds(12))) << "counted from the sending";
}

TEST(LeaseTest, AStoppedProcessThatGoesOnFindsThatItLeadsNoMore) {
  LeaseServer server;
  Replica a("a");
  Replica b("b");
  a.run(server, at(seconds(0)));
  for (int second = 1; second <= 30; ++second) b.run(server, at(seconds(second)));
  EXPECT_TRUE(b.elector.leading(at(seconds(30))));
  EXPECT_FALSE(a.elector.leading(at(seconds(30))));
  a.run(server, at(seconds(30)));
  EXPECT_FALSE(a.elector.leading(at(seconds(30))));
  EXPECT_EQ(a.elector.holder(), "b");
  EXPECT_EQ(server.spec()["holderIdentity"], "b");
}

TEST(LeaseTest, ALostReplyIsSettledByLooking) {
  LeaseServer server;
  Replica a("a");
  a.run(server, at(seconds(0)));
  const auto step = a.elector.next(at(seconds(2)), kWall + seconds(2));
  server.answer(*step.request);
  a.elector.on_no_reply(Error{"https://api", "reset"}, at(seconds(2)));
  EXPECT_EQ(a.elector.problem(), "https://api: reset");
  a.run(server, at(seconds(4)));
  EXPECT_EQ(a.elector.leading_until(), at(seconds(14)));
  EXPECT_EQ(a.elector.problem(), "");
  EXPECT_EQ(server.spec()["leaseTransitions"], 0) << "it never changed hands";
}

TEST(LeaseTest, ALeaseThatWasDeletedIsMadeAgain) {
  LeaseServer server;
  Replica a("a");
  a.run(server, at(seconds(0)));
  server.remove();
  a.run(server, at(seconds(2)));
  EXPECT_TRUE(a.elector.leading(at(seconds(2))));
  EXPECT_EQ(server.spec()["holderIdentity"], "a");
}

TEST(LeaseTest, OfTwoThatSeeAnExpiredLeaseOneGetsIt) {
  LeaseServer server;
  Replica old("old");
  Replica a("a");
  Replica b("b");
  old.run(server, at(seconds(0)));
  a.run(server, at(seconds(1)));
  b.run(server, at(seconds(1)));
  const auto read = [&](Replica& replica) {
    const auto step = replica.elector.next(at(seconds(20)), kWall);
    replica.elector.on_reply(server.answer(*step.request), at(seconds(20)));
    return replica.elector.next(at(seconds(20)), kWall);
  };
  const auto write_of_a = read(a);
  const auto write_of_b = read(b);
  a.elector.on_reply(server.answer(*write_of_a.request), at(seconds(20)));
  b.elector.on_reply(server.answer(*write_of_b.request), at(seconds(20)));
  EXPECT_TRUE(a.elector.leading(at(seconds(20))));
  EXPECT_FALSE(b.elector.leading(at(seconds(20))));
  EXPECT_EQ(b.elector.problem(), "") << "losing a race is none";
}

TEST(LeaseTest, AReleasedLeaseIsTakenAtOnce) {
  LeaseServer server;
  Replica a("a");
  Replica b("b");
  a.run(server, at(seconds(0)));
  b.run(server, at(seconds(0)));
  a.elector.release();
  EXPECT_FALSE(a.elector.leading(at(seconds(1))));
  a.run(server, at(seconds(1)));
  EXPECT_TRUE(a.elector.next(at(seconds(1)), kWall).finished);
  EXPECT_EQ(server.spec()["holderIdentity"], "");
  EXPECT_EQ(server.spec()["leaseDurationSeconds"], 1);
  b.run(server, at(seconds(2)));
  EXPECT_TRUE(b.elector.leading(at(seconds(2))));
  EXPECT_EQ(server.spec()["leaseTransitions"], 1);
}

TEST(LeaseTest, WhatIsNotOursIsNotReleased) {
  LeaseServer server;
  Replica a("a");
  Replica b("b");
  a.run(server, at(seconds(0)));
  b.run(server, at(seconds(0)));
  b.elector.release();
  EXPECT_TRUE(b.elector.next(at(seconds(1)), kWall).finished);
  // It was ours, and somebody took it meanwhile.
  Replica c("c");
  for (int second = 1; second <= 20; ++second) c.run(server, at(seconds(second)));
  a.elector.release();
  a.run(server, at(seconds(21)));
  EXPECT_EQ(server.spec()["holderIdentity"], "c");
}

TEST(LeaseTest, ACandidateWaitsWithJitterAndALeaderWithout) {
  LeaseServer server;
  Replica a("a", seconds(0), 0.5);
  Replica b("b", seconds(0), 0.5);
  a.run(server, at(seconds(0)));
  b.run(server, at(seconds(0)));
  EXPECT_EQ(a.elector.next(at(seconds(0)), kWall).wait_until, at(seconds(2)));
  EXPECT_EQ(b.elector.next(at(seconds(0)), kWall).wait_until, at(milliseconds(3200)));
}

struct RefusalCase {
  const char* name;
  Reply reply;
  const char* problem;
};
class LeaseRefused : public testing::TestWithParam<RefusalCase> {};

TEST_P(LeaseRefused, WaitsAndSaysWhy) {
  Replica a("a");
  ASSERT_TRUE(a.elector.next(at(seconds(0)), kWall).request);
  a.elector.on_reply(GetParam().reply, at(seconds(0)));
  EXPECT_THAT(a.elector.problem(), HasSubstr(GetParam().problem));
  EXPECT_FALSE(a.elector.next(at(milliseconds(1999)), kWall).request) << "no hot loop";
  EXPECT_TRUE(a.elector.next(at(seconds(2)), kWall).request);
  EXPECT_FALSE(a.elector.leading(at(seconds(2))));
}

INSTANTIATE_TEST_SUITE_P(
    , LeaseRefused,
    testing::Values(RefusalCase{"Forbidden", {403, R"({"kind":"Status","message":"no"})", {}}, "403 Status: no"},
                    RefusalCase{"ServerError", {500, "", {}}, "HTTP status 500"},
                    RefusalCase{"NotJson", {200, "{\"kind\":", {}}, "not JSON"},
                    RefusalCase{"NoLease", {200, "[]", {}}, "no Lease"}),
    [](const auto& test) { return test.param.name; });

TEST(LeaseTest, TakesALeaseWithAnythingInItsSpec) {
  for (const char* spec : {"null", "7", "{}", R"({"holderIdentity": null, "leaseDurationSeconds": "15"})",
                           R"({"holderIdentity": 3, "leaseDurationSeconds": -1, "leaseTransitions": 1e300})"}) {
    Replica a("a");
    a.elector.next(at(seconds(0)), kWall);
    const json lease = {{"kind", "Lease"}, {"metadata", {{"resourceVersion", "1"}}}, {"spec", json::parse(spec)}};
    a.elector.on_reply({200, lease.dump(), {}}, at(seconds(0)));
    const auto write = a.elector.next(at(seconds(0)), kWall);
    ASSERT_TRUE(write.request) << "nobody holds it: " << spec;
    EXPECT_EQ(json::parse(write.request->body)["spec"]["holderIdentity"], "a");
  }
  Replica a("a");
  a.elector.next(at(seconds(0)), kWall);
  const json held = {{"kind", "Lease"},
                     {"spec", {{"holderIdentity", "b"}, {"leaseDurationSeconds", 9'000'000'000'000'000'000}}}};
  a.elector.on_reply({200, held.dump(), {}}, at(seconds(0)));
  EXPECT_FALSE(a.elector.next(at(seconds(0)), kWall).request);
}

// Three replicas whose clocks disagree by an hour, which are cut off, stopped and let go again at random: at no moment
// do two lead, and when all is quiet again one does.
class LeaseAtRandom : public testing::TestWithParam<int> {};

TEST_P(LeaseAtRandom, NeverHasTwoLeaders) {
  std::uint64_t state = static_cast<std::uint64_t>(GetParam()) * 2'654'435'761u + 1;
  const auto random = [&state] {
    state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    return static_cast<double>(state >> 40) / static_cast<double>(1u << 24);
  };
  LeaseServer server;
  std::vector<Replica> replicas;
  replicas.reserve(3);
  for (const int skew : {0, 3600, -3600}) replicas.emplace_back(std::to_string(skew), seconds(skew), random());
  std::vector<Moment> away_until(replicas.size());
  int changes = 0;
  std::string leader;
  for (milliseconds time{0}; time < hours(1); time += milliseconds(250)) {
    const bool quiet = time >= std::chrono::minutes(58);
    int leaders = 0;
    for (std::size_t i = 0; i < replicas.size(); ++i) {
      if (!quiet && away_until[i] <= at(time) && random() < 0.01) {
        away_until[i] = at(time) + seconds(static_cast<int>(40 * random()));
      }
      if (quiet || away_until[i] <= at(time)) replicas[i].run(server, at(time));
      if (!replicas[i].elector.leading(at(time))) continue;
      ++leaders;
      if (leader != std::to_string(i)) ++changes;
      leader = std::to_string(i);
    }
    ASSERT_LE(leaders, 1) << time.count();
    if (time > std::chrono::minutes(59)) {
      ASSERT_EQ(leaders, 1) << time.count();
    }
  }
  EXPECT_GT(changes, 5) << "the hour was too quiet to show anything";
}

INSTANTIATE_TEST_SUITE_P(, LeaseAtRandom, testing::Range(0, 5));

TEST(LeaseOptionsTest, RefusesDurationsWithWhichTwoCouldLead) {
  EXPECT_TRUE(check_lease_options(options("a")));
  EXPECT_FALSE(check_lease_options(options("")));
  LeaseOptions same = options("a");
  same.lease_duration = same.renew_deadline;
  EXPECT_FALSE(check_lease_options(same));
  LeaseOptions eager = options("a");
  eager.retry_period = seconds(9);
  EXPECT_FALSE(check_lease_options(eager)) << "1.2 times the retry period is over the renew deadline";
  LeaseOptions none = options("a");
  none.retry_period = seconds(0);
  EXPECT_FALSE(check_lease_options(none));
}

}  // namespace
}  // namespace meshtrace::kube
