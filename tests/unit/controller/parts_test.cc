// The reconciler's small helpers: marks, drift, services, pace.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/drift.h"
#include "controller/marks.h"
#include "controller/pace.h"
#include "controller/services.h"

namespace meshtrace::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const kube::Moment kStart{std::chrono::hours(1)};
const mesh::PolicyKey kPolicy{"istio-system", "mesh"};

mesh::Target target(const std::string& applied, const std::string& state = mesh::kStateApplied) {
  mesh::Target one;
  one.kind = "ConfigMap";
  one.ns = "istio-system";
  one.name = "istio";
  one.field = "data.mesh.accessLogFormat";
  one.state = state;
  one.applied = applied;
  return one;
}

mesh::Plan plan_with(const mesh::Target& one) {
  mesh::Plan plan;
  plan.outcomes[kPolicy].targets = {one};
  return plan;
}

Action writing(const mesh::Target& one) {
  Action action{Action::Verb::kText, {one.kind, one.ns, one.name}, {}, {}, {}, {}, {}};
  action.fields = {written_field(one)};
  return action;
}

TEST(Marks, AreAboutOneValueAndStayUntilTheStatusHasThem) {
  Marks marks;
  marks.set(written_field(target("bad")), {mesh::kStateRejected, "Envoy says no"});
  std::map<mesh::PolicyKey, std::vector<mesh::Target>> recorded{{kPolicy, {target("bad"), target("good")}}};
  marks.mark(recorded);
  EXPECT_EQ(recorded[kPolicy][0].state, mesh::kStateRejected);
  EXPECT_EQ(recorded[kPolicy][0].message, "Envoy says no");
  EXPECT_EQ(recorded[kPolicy][1].state, mesh::kStateApplied);
  marks.mark(recorded);                     // the status has it now
  recorded = {{kPolicy, {target("bad")}}};  // and a later policy tries again
  marks.mark(recorded);
  EXPECT_EQ(recorded[kPolicy][0].state, mesh::kStateApplied);
}

TEST(Drift, IsAFieldThatStoodWithTheVeryValueThatIsToBeWrittenAgain) {
  Drift drift;
  const mesh::Target one = target("a");
  drift.look(plan_with(one), {});
  EXPECT_EQ(drift.changed_by_others(writing(one)), std::vector<WrittenField>{written_field(one)});
  EXPECT_TRUE(drift.changed_by_others(writing(one)).empty()) << "told once";
  drift.wrote({written_field(one)});
  EXPECT_FALSE(drift.changed_by_others(writing(one)).empty());
}

TEST(Drift, IsNotAChangeOfThePolicy) {
  Drift drift;
  drift.look(plan_with(target("a")), {});
  EXPECT_TRUE(drift.changed_by_others(writing(target("b"))).empty());
}

TEST(Drift, IsNotWhatWasNeverWritten) {
  Drift drift;
  const mesh::Target pending = target("a", mesh::kStatePending);
  drift.look(plan_with(pending), {});
  EXPECT_TRUE(drift.changed_by_others(writing(pending)).empty());
}

TEST(Services, AreAskedForByNameAndAgainWhenTheAnswerIsOld) {
  std::map<std::string, int> status{{"/api/v1/namespaces/a/services/there", 200}};
  std::vector<std::string> asked;
  Services services(
      [&](const kube::Request& request) -> Result<kube::Reply> {
        asked.push_back(request.path);
        if (request.path.find("unknown") != std::string::npos) return fail("", "no reply");
        return kube::Reply{status.contains(request.path) ? 200 : 404, "{}", {}};
      },
      seconds(60));
  const std::set<std::string> wanted{"a/gone", "a/there", "a/unknown"};
  const std::map<std::string, bool> expected{{"a/gone", false}, {"a/there", true}};
  EXPECT_EQ(services.look_up(wanted, kStart), expected);
  EXPECT_EQ(services.look_up(wanted, kStart + seconds(59)), expected);
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(services.next_due(), kStart + seconds(60));
  services.look_up({"a/there"}, kStart + seconds(60));
  EXPECT_EQ(asked.size(), 4u);
  services.look_up({}, kStart + seconds(61));
  EXPECT_FALSE(services.next_due());
}

TEST(Pace, AllowsABurstAndThenItsRate) {
  Pace pace({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pace.next(kStart), kStart) << i;
    pace.take();
  }
  EXPECT_EQ(pace.next(kStart), kStart + milliseconds(100));
  EXPECT_EQ(pace.next(kStart + milliseconds(100)), kStart + milliseconds(100));
  pace.take();
  EXPECT_GT(pace.next(kStart + milliseconds(100)), kStart + milliseconds(100));
}

}  // namespace
}  // namespace meshtrace::controller
