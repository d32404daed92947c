// What a policy's status says, when it is written, and which Events come of it.
#include "controller/status.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "support.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

const kube::WallTime kMonday{std::chrono::seconds(1'800'000'000)};
const kube::WallTime kTuesday = kMonday + std::chrono::hours(24);

mesh::Outcome outcome(const std::string& programmed, const std::string& reason) {
  mesh::Outcome result;
  result.conditions = {{"Accepted", "True", "Accepted", "in force"},
                       {"Programmed", programmed, reason, "about " + reason}};
  mesh::Target target;
  target.kind = "EnvoyFilter";
  target.ns = "shop";
  target.name = "meshtrace-shop";
  target.field = "spec";
  target.state = mesh::kStateApplied;
  target.applied = "abc";
  result.targets = {target};
  return result;
}

StoredPolicy read(const json& object) { return read_stored_policy(object, kRoot); }

// The policy with this status.
StoredPolicy with_status(const json& status) {
  json object = stored_policy("shop", "shop", {{"proxy", json::object()}});
  object["status"] = status;
  return read(object);
}

json status_of(const StoredPolicy& stored, const mesh::Outcome& wanted, kube::WallTime now = kMonday) {
  StatusInput input;
  input.outcome = &wanted;
  return make_status(stored, input, now);
}

std::string reasons(const std::vector<kube::Event>& events) {
  std::string text;
  for (const auto& event : events) {
    text += (event.type == kube::Event::Type::kWarning ? "!" : "") + event.reason + " ";
  }
  return text;
}

json audit_of(const StoredPolicy& stored, const std::optional<audit::Summary>& summary, bool audits = true) {
  StatusInput input;
  input.audit = summary;
  input.audits = audits;
  return make_status(stored, input, kMonday).value("audit", json());
}

TEST(MakeStatus, HasTheAuditsCountsAndKeepsThemUntilThereAreOthers) {
  const json stands = {{"error", 2}, {"warning", 0}, {"info", 1}, {"suppressed", 4}};
  audit::Summary summary;
  summary.findings = {1, 0, 2};  // infos, warnings, errors
  summary.suppressed = 4;
  EXPECT_EQ(audit_of(with_status(json()), std::nullopt), json());
  EXPECT_EQ(audit_of(with_status(json()), summary), stands);
  EXPECT_EQ(audit_of(with_status({{"audit", stands}}), std::nullopt), stands);
  EXPECT_EQ(audit_of(with_status({{"audit", stands}}), audit::Summary())["error"], 0);
}

TEST(MakeStatus, LosesTheAuditsCountsWhereThereIsNoAudit) {
  const StoredPolicy stored = with_status({{"audit", {{"error", 2}}}});
  EXPECT_EQ(audit_of(stored, std::nullopt, /*audits=*/false), json());
  StatusInput input;
  input.audits = false;
  EXPECT_TRUE(status_patch(stored, make_status(stored, input, kMonday))["status"]["audit"].is_null());
}

TEST(MakeStatus, IsTheSameAgainWhereNothingChanged) {
  const mesh::Outcome wanted = outcome("True", "Programmed");
  const json first = status_of(with_status(json()), wanted, kMonday);
  EXPECT_EQ(status_of(with_status(first), wanted, kTuesday), first);
}

TEST(MakeStatus, KeepsSinceWhenAConditionHoldsWhileOnlyItsReasonChanges) {
  const json first = status_of(with_status(json()), outcome("False", "Pending"), kMonday);
  const json later = status_of(with_status(first), outcome("False", "Rejected"), kTuesday);
  EXPECT_EQ(later["conditions"][1]["reason"], "Rejected");
  EXPECT_EQ(later["conditions"][1]["lastTransitionTime"], first["conditions"][1]["lastTransitionTime"]);
  const json turned = status_of(with_status(later), outcome("True", "Programmed"), kTuesday);
  EXPECT_NE(turned["conditions"][1]["lastTransitionTime"], first["conditions"][1]["lastTransitionTime"]);
}

TEST(MakeStatus, DropsConditionsOfOursThatAreNotSaidAnyMoreAndKeepsOthers) {
  json first = status_of(with_status(json()), outcome("True", "Programmed"));
  first["conditions"].push_back({{"type", "example.com/Reviewed"}, {"status", "True"}});
  mesh::Outcome wanted = outcome("True", "Programmed");
  wanted.conditions.pop_back();
  const json later = status_of(with_status(first), wanted);
  ASSERT_EQ(later["conditions"].size(), 2u);
  EXPECT_EQ(later["conditions"][0]["type"], "Accepted");
  EXPECT_EQ(later["conditions"][1]["type"], "example.com/Reviewed");
}

TEST(MakeStatus, SaysEverythingThatIsWrongWithAnInvalidPolicy) {
  const StoredPolicy bad = read(stored_policy(
      "shop", "bad", {{"sampling", {{"owner", "Nobody"}, {"percentage", 1}}}, {"proxy", {{"tracingProvider", 7}}}}));
  const json status = make_status(bad, {}, kMonday);
  EXPECT_EQ(status["conditions"][0]["reason"], "Invalid");
  const std::string message = status["conditions"][0]["message"];
  EXPECT_NE(message.find("spec.sampling.owner"), std::string::npos) << message;
  EXPECT_NE(message.find("spec.proxy.tracingProvider"), std::string::npos) << message;
  EXPECT_EQ(reasons(events_of(bad, status)), "!Invalid ");
}

TEST(MakeStatus, CountsPodsOnceTheyAreKnownAndLeavesTheCountUntilThen) {
  const mesh::Outcome wanted = outcome("True", "Programmed");
  StatusInput input;
  input.outcome = &wanted;
  input.workloads = workloads::Counts{.matched = 14, .injected = 12, .stale = 2};
  const json counted = make_status(with_status(json()), input, kMonday);
  EXPECT_EQ(counted["workloads"]["summary"], "12/14");
  EXPECT_EQ(status_of(with_status(counted), wanted)["workloads"], counted["workloads"]);
}

TEST(MakeStatus, SaysWhatCannotBeWrittenButNotOverWhatIsKnownBetter) {
  StatusInput input;
  const mesh::Outcome pending = outcome("False", "Pending");
  input.outcome = &pending;
  input.write_problem = "403 Forbidden";
  EXPECT_EQ(make_status(with_status(json()), input, kMonday)["conditions"][1]["reason"], "WriteFailed");
  const mesh::Outcome rejected = outcome("False", "Rejected");
  input.outcome = &rejected;
  EXPECT_EQ(make_status(with_status(json()), input, kMonday)["conditions"][1]["reason"], "Rejected");
}

TEST(MakeStatus, ReplacesAStatusThatMakesNoSense) {
  for (const json& odd : {json("text"), json({1, 2}), json({{"conditions", 3}, {"targets", "x"}})}) {
    const json status = status_of(with_status(odd), outcome("True", "Programmed"));
    EXPECT_EQ(status["conditions"].size(), 2u) << odd;
    EXPECT_EQ(status["targets"].size(), 1u) << odd;
  }
}

TEST(StatusPatch, HoldsWhatChangedAloneAndTheVersionItIsMadeFrom) {
  const json first = status_of(with_status(json()), outcome("True", "Programmed"));
  mesh::Outcome wanted = outcome("True", "Programmed");
  wanted.targets.clear();
  const StoredPolicy stored = with_status(first);
  const json patch = status_patch(stored, status_of(stored, wanted));
  EXPECT_EQ(patch["metadata"], json({{"resourceVersion", "1"}}));
  EXPECT_EQ(patch["status"], json({{"targets", nullptr}}));
}

TEST(Targets, SurviveTheStatusWithTheirFormerBytes) {
  mesh::Target target;
  target.kind = "ConfigMap";
  target.ns = kRoot;
  target.name = "istio";
  target.field = "data.mesh.accessLogFormat";
  target.state = mesh::kStateReverted;
  target.applied = "0123";
  target.previous = "accessLogFormat: |   # ours\n  x\n";
  target.message = "argocd-controller";
  EXPECT_EQ(read_targets({{"targets", write_targets({target})}}), std::vector<mesh::Target>{target});
  target.previous.reset();  // there was no such entry: not the same as an empty one
  EXPECT_EQ(read_targets({{"targets", write_targets({target})}}), std::vector<mesh::Target>{target});
}

TEST(EventsOf, TellTurnsOfTheProgrammedConditionThatMatter) {
  struct Case {
    const char *from_status, *from_reason, *to_status, *to_reason, *events;
  };
  for (const Case& one :
       {Case{"False", "Pending", "True", "Programmed", "Programmed "},
        Case{"True", "Programmed", "True", "Programmed", ""}, Case{"True", "Programmed", "False", "Pending", ""},
        Case{"True", "Programmed", "False", "Rejected", "!Rejected "},
        Case{"False", "Pending", "False", "Reverted", "!Reverted "},
        Case{"False", "Reverted", "False", "Reverted", ""}}) {
    const json before = status_of(with_status(json()), outcome(one.from_status, one.from_reason));
    const StoredPolicy stored = with_status(before);
    const json after = status_of(stored, outcome(one.to_status, one.to_reason), kTuesday);
    EXPECT_EQ(reasons(events_of(stored, after)), one.events) << one.from_reason << " to " << one.to_reason;
  }
}

}  // namespace
}  // namespace meshtrace::controller
