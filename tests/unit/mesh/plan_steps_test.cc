// The way from one state of a mesh to the next: what is recorded before it is written, what comes back, and that no
// moment between is worse than the one before.
#include <gmock/gmock.h>

#include "tests/unit/mesh/plan_support.h"

namespace meshtrace::mesh {
namespace {

using test::condition;
using test::config_map;
using test::facts_with;
using test::json;
using test::kRoot;
using test::Mesh;
using test::policy_of;
using test::shown;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kText = R"(# the mesh, by hand
accessLogFile: /dev/stdout   # kept
accessLogFormat: |
  [%START_TIME%] %RESPONSE_CODE%
defaultConfig:
  discoveryAddress: istiod.istio-system.svc:15012 # here
rootNamespace: istio-system
)";

constexpr std::string_view kW3c = R"({"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})";
constexpr std::string_view kB3 = R"({"proxy": {"accessLog": {"traceHeaders": ["B3"]}}})";

const PolicyKey kMeshPolicy{kRoot, "mesh"};

TEST(PlanSteps, RecordsWhatStoodThereBeforeTheTextChanges) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  const Plan first = mesh.plan();
  EXPECT_THAT(first.texts, IsEmpty());
  const Outcome& outcome = first.outcomes.at(kMeshPolicy);
  ASSERT_EQ(outcome.targets.size(), 1u);
  EXPECT_EQ(outcome.targets[0].field, "data.mesh.accessLogFormat");
  EXPECT_EQ(outcome.targets[0].state, kStatePending);
  EXPECT_THAT(outcome.targets[0].previous.value_or(""), HasSubstr("%RESPONSE_CODE%"));
  EXPECT_TRUE(outcome.needs_finalizer);
  EXPECT_EQ(shown(first, kMeshPolicy, "Programmed"), "False Pending");

  mesh.facts = after(first, mesh.facts);
  const Plan second = mesh.plan();
  ASSERT_EQ(second.texts.size(), 1u);
  EXPECT_EQ(second.texts[0].config_map, "istio");
  EXPECT_THAT(second.texts[0].fields, testing::ElementsAre("data.mesh.accessLogFormat"));
  EXPECT_FALSE(second.texts[0].remove_key);
  EXPECT_THAT(second.texts[0].text, HasSubstr("# the mesh, by hand\naccessLogFile: /dev/stdout   # kept\n"));

  mesh.facts = after(second, mesh.facts);
  const Plan third = mesh.plan();
  EXPECT_THAT(third.texts, IsEmpty());
  EXPECT_EQ(shown(third, kMeshPolicy, "Programmed"), "True Programmed");
  EXPECT_THAT(mesh.value()["accessLogFormat"].get<std::string>(),
              testing::AllOf(HasSubstr("[%START_TIME%] %RESPONSE_CODE%"), HasSubstr("%REQ(TRACEPARENT)%")));
}

// What policies are applied one after the other, and then deleted.
struct Course {
  const char* name;
  std::vector<policy::TracingPolicy> policies;
};

std::vector<Course> courses() {
  return {
      {"one for the mesh", {policy_of(kRoot, "mesh", kW3c)}},
      {"every entry of the mesh",
       {policy_of(kRoot, "mesh",
                  R"({"proxy": {"accessLog": {"file": "/var/log/x", "jsonFormat": {"t": "%REQ(TRACEPARENT)%"}}}})")}},
      {"one for a namespace", {policy_of("shop", "all", kW3c)}},
      {"mesh, namespace and workloads",
       {policy_of(kRoot, "mesh", kW3c), policy_of("shop", "all", kB3),
        policy_of(
            "shop", "checkout",
            R"({"selector": {"matchLabels": {"app": "checkout"}}, "proxy": {"accessLog": {"format": "%REQ(B3)%\n"}}})")}},
      {"two that share a provider", {policy_of("shop", "all", kB3), policy_of("cart", "every", kB3)}},
  };
}

std::vector<std::optional<std::string>> texts() {
  return {std::string(kText),
          std::nullopt,
          "",
          "# nothing yet\n",
          "extensionProviders: []\n",
          "accessLogFile: ''\nextensionProviders:\n- name: otel\n  opentelemetry: {service: o.o.svc, port: 4317}\n",
          "{accessLogFile: /dev/stdout, rootNamespace: istio-system}\n"};
}

TEST(PlanSteps, DeletionBringsEveryTextBackByteForByteWheneverItComes) {
  for (const Course& course : courses()) {
    for (const auto& text : texts()) {
      SCOPED_TRACE(course.name + std::string(" on ") + text.value_or("(no key)"));
      // Deleted after each number of steps, and in each state in which a controller may be stopped on the way.
      Mesh mesh(facts_with(text));
      mesh.policies = course.policies;
      for (int step = 0; step < kMaxSteps; ++step) {
        const Plan plan = mesh.plan();
        for (const Facts& state : test::parts_of(plan, mesh.facts)) {
          Facts stopped = state;
          for (const auto& policy : course.policies) stopped.deleting.insert({policy.ns, policy.name});
          const Settled gone = settle(policy::Index({}, kRoot), std::move(stopped));
          EXPECT_TRUE(gone.quiet);
          EXPECT_EQ(gone.facts.config_maps[0].text, text) << "stopped in step " << step;
          EXPECT_THAT(gone.facts.telemetries, IsEmpty());
          EXPECT_THAT(gone.facts.recorded, IsEmpty());
        }
        Facts next = after(plan, mesh.facts);
        if (next.recorded == mesh.facts.recorded && plan.texts.empty() && next.telemetries == mesh.facts.telemetries) {
          break;
        }
        mesh.facts = std::move(next);
      }
    }
  }
}

TEST(PlanSteps, ASettledMeshAsksForNothing) {
  for (const Course& course : courses()) {
    SCOPED_TRACE(course.name);
    Mesh mesh(facts_with(std::string(kText)));
    mesh.policies = course.policies;
    const Plan plan = mesh.settle();
    EXPECT_THAT(plan.texts, IsEmpty());
    EXPECT_THAT(plan.obsolete, IsEmpty());
    for (const json& document : plan.documents) {
      const ObjectRef ref = ref_of(document);
      const json* standing = mesh.document(ref.kind, ref.name);
      ASSERT_NE(standing, nullptr);
      EXPECT_TRUE(stands(*standing, document));
    }
    for (const auto& [policy, outcome] : plan.outcomes) {
      EXPECT_EQ(shown(plan, policy, "Programmed"), "True Programmed") << condition(plan, policy, "Programmed").message;
      EXPECT_THAT(outcome.notices, IsEmpty());
    }
  }
}

TEST(PlanSteps, APolicyThatChangesGoesOverToTheNewValueAndBackToTheFirst) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c), policy_of("shop", "all", kW3c)};
  mesh.settle();
  const json before = *mesh.document("Telemetry", "meshtrace-all");
  mesh.policies = {policy_of(kRoot, "mesh", kB3), policy_of("shop", "all", kB3)};
  mesh.settle();
  EXPECT_THAT(mesh.value()["accessLogFormat"].get<std::string>(), HasSubstr("%REQ(B3)%"));
  EXPECT_THAT(mesh.value()["accessLogFormat"].get<std::string>(), testing::Not(HasSubstr("TRACEPARENT")))
      << "presets are appended to the mesh's own format, not to ours";
  EXPECT_NE(*mesh.document("Telemetry", "meshtrace-all"), before);
  EXPECT_EQ(mesh.value()["extensionProviders"].size(), 1u) << "the provider of the old format is gone";
  mesh.policies = {};
  mesh.facts.deleting = {kMeshPolicy, {"shop", "all"}};
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
}

TEST(PlanSteps, AFieldThatAPolicyDropsComesBack) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {
      policy_of(kRoot, "mesh", R"({"proxy": {"accessLog": {"file": "/var/log/x", "traceHeaders": ["W3C"]}}})")};
  mesh.settle();
  EXPECT_EQ(mesh.value()["accessLogFile"], "/var/log/x");
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  EXPECT_EQ(mesh.value()["accessLogFile"], "/dev/stdout");
  mesh.policies = {policy_of(kRoot, "mesh", "{}")};
  const Plan plan = mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
  EXPECT_FALSE(plan.outcomes.at(kMeshPolicy).needs_finalizer);
}

TEST(PlanSteps, TheNextWinnerTakesOverWhatStoodThereBeforeTheFirst) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c, "2026-05-01T10:00:00Z"),
                   policy_of(kRoot, "next", kB3, "2026-05-02T10:00:00Z")};
  const Plan plan = mesh.settle();
  const PolicyKey next{kRoot, "next"};
  EXPECT_EQ(shown(plan, next, "Conflicted"), "True Conflicted");
  EXPECT_EQ(shown(plan, next, "Accepted"), "False Conflicted");
  EXPECT_THAT(condition(plan, next, "Conflicted").message, HasSubstr("older policy mesh"));
  EXPECT_THAT(plan.outcomes.at(next).targets, IsEmpty());

  mesh.remove("mesh");
  const Plan after_first = mesh.settle();
  EXPECT_EQ(shown(after_first, next, "Programmed"), "True Programmed");
  EXPECT_THAT(mesh.value()["accessLogFormat"].get<std::string>(), HasSubstr("%REQ(B3)%"));
  mesh.remove("next");
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
}

TEST(PlanSteps, TheSameValueIsPassedOnBetweenPoliciesWithoutAWrite) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c, "2026-05-01T10:00:00Z"),
                   policy_of(kRoot, "next", kW3c, "2026-05-02T10:00:00Z")};
  mesh.settle();
  mesh.remove("mesh");
  // The first keeps its record until the second has it: their status is not written at once.
  Plan plan = mesh.plan();
  EXPECT_THAT(plan.texts, IsEmpty());
  EXPECT_TRUE(plan.outcomes.at(kMeshPolicy).needs_finalizer);
  EXPECT_EQ(plan.outcomes.at({kRoot, "next"}).targets, plan.outcomes.at(kMeshPolicy).targets);
  mesh.facts = after(plan, mesh.facts);
  plan = mesh.plan();
  EXPECT_THAT(plan.texts, IsEmpty());
  EXPECT_FALSE(plan.outcomes.at(kMeshPolicy).needs_finalizer);
}

TEST(PlanSteps, WhatSomebodyElseChangedIsLeftAloneOnDeletionAndSaid) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  const std::string changed = "accessLogFormat: \"mine\"\nrootNamespace: istio-system\n";
  mesh.facts.config_maps[0].text = changed;
  mesh.remove("mesh");
  const Plan plan = mesh.plan();
  EXPECT_THAT(plan.texts, IsEmpty());
  EXPECT_FALSE(plan.outcomes.at(kMeshPolicy).needs_finalizer);
  ASSERT_EQ(plan.outcomes.at(kMeshPolicy).notices.size(), 1u);
  EXPECT_EQ(plan.outcomes.at(kMeshPolicy).notices[0],
            "accessLogFormat of ConfigMap istio-system/istio was changed by somebody else since and stays as it is");
}

TEST(PlanSteps, AForeignChangeIsPutRightAndComesBackOnDeletion) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  const std::string changed = "accessLogFormat: \"mine %PROTOCOL%\"\naccessLogFile: /dev/stdout\n";
  Mesh after_change(facts_with(changed));
  after_change.facts.recorded = mesh.facts.recorded;
  after_change.policies = mesh.policies;
  after_change.settle();
  EXPECT_THAT(after_change.value()["accessLogFormat"].get<std::string>(),
              testing::AllOf(HasSubstr("mine %PROTOCOL%"), HasSubstr("%REQ(TRACEPARENT)%")));
  after_change.remove("mesh");
  after_change.settle();
  EXPECT_EQ(after_change.facts.config_maps[0].text, changed);
}

TEST(PlanSteps, WhatOthersWriteBesideOursStays) {
  Mesh mesh(facts_with("accessLogFile: /dev/stdout\n"));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c), policy_of("shop", "all", kB3)};
  mesh.settle();
  mesh.facts.config_maps[0].text = "# new\n" + *mesh.facts.config_maps[0].text + "enableTracing: true\n";
  EXPECT_THAT(mesh.plan().texts, IsEmpty()) << "nothing of ours has changed";
  mesh.remove_all();
  for (int step = 0; step < kMaxSteps; ++step) mesh.facts = after(mesh.plan(), mesh.facts);
  EXPECT_EQ(mesh.facts.config_maps[0].text, "# new\naccessLogFile: /dev/stdout\nenableTracing: true\n");
}

TEST(PlanSteps, EachRevisionsTextIsEditedOnItsOwn) {
  Facts facts = facts_with(std::string(kText));
  facts.config_maps.push_back(config_map("accessLogFormat: \"canary\"\n", "istio-canary"));
  Mesh mesh(facts);
  mesh.policies = {policy_of(kRoot, "mesh", kW3c), policy_of("shop", "all", kB3)};
  mesh.settle();
  EXPECT_THAT(mesh.value(1)["accessLogFormat"].get<std::string>(), HasSubstr("canary"));
  EXPECT_THAT(mesh.value(1)["accessLogFormat"].get<std::string>(), HasSubstr("%REQ(TRACEPARENT)%"));
  const json logging = (*mesh.document("Telemetry", "meshtrace-all"))["spec"]["accessLogging"];
  EXPECT_EQ(logging[0]["providers"].size(), 2u) << "their formats differ, and so their providers: " << logging;
  mesh.remove_all();
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
  EXPECT_EQ(mesh.facts.config_maps[1].text, "accessLogFormat: \"canary\"\n");
}

TEST(PlanSteps, AProviderThatAUsersTelemetryNamesStays) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of("shop", "all", kW3c)};
  mesh.settle();
  const std::string name = mesh.value()["extensionProviders"][0]["name"];
  mesh.facts.telemetries.push_back(
      test::telemetry("cart", "theirs", R"({"accessLogging": [{"providers": [{"name": ")" + name + "\"}]}]}"));
  mesh.remove("all");
  mesh.settle();
  EXPECT_EQ(mesh.value()["extensionProviders"][0]["name"], name);
  EXPECT_THAT(condition(mesh.plan(), {"shop", "all"}, "Programmed").message, HasSubstr("still to be taken back"));
  mesh.facts.telemetries.clear();
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
}

TEST(PlanSteps, WhatProxiesRefusedIsTakenBackAndNotTriedAgain) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  Target& target = mesh.facts.recorded[kMeshPolicy][0];
  target.state = kStateRejected;
  target.message = "Not supported field in command operator";
  Plan plan = mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
  EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "False Rejected");
  EXPECT_THAT(condition(plan, kMeshPolicy, "Programmed").message, HasSubstr("Not supported field"));
  mesh.policies = {policy_of(kRoot, "mesh", kB3)};
  plan = mesh.settle();
  EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "True Programmed") << "another value is another attempt";
  mesh.remove("mesh");
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
}

TEST(PlanSteps, WhatAnotherManagerKeepsRevertingIsNotFoughtFor) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  mesh.facts.config_maps[0].text = std::string(kText);
  Target& target = mesh.facts.recorded[kMeshPolicy][0];
  target.state = kStateReverted;
  target.message = "argocd-controller";
  const Plan plan = mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
  EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "False Reverted");
  EXPECT_THAT(condition(plan, kMeshPolicy, "Programmed").message, HasSubstr("argocd-controller keeps changing it"));
  mesh.remove("mesh");
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
}

TEST(PlanSteps, ATextThatCannotBeReadIsNotTouchedAndItsLineIsNamed) {
  Mesh mesh(facts_with("accessLogFile: /dev/stdout\nrootNamespace: [istio-system\n"));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c), policy_of("shop", "all", kB3)};
  const Plan plan = mesh.settle();
  for (const PolicyKey& key : {kMeshPolicy, PolicyKey{"shop", "all"}}) {
    EXPECT_EQ(shown(plan, key, "Programmed"), "False InvalidMeshConfig");
    EXPECT_THAT(condition(plan, key, "Programmed").message, HasSubstr("ConfigMap istio-system/istio:"));
  }
  EXPECT_THAT(mesh.facts.telemetries, IsEmpty());
}

TEST(PlanSteps, ARecordSurvivesATextThatCannotBeReadForAWhile) {
  Mesh mesh(facts_with(std::string(kText)));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  const Facts settled = mesh.facts;
  mesh.facts.config_maps[0].text = "a: [\n";
  mesh.remove("mesh");
  const Plan plan = mesh.plan();
  EXPECT_TRUE(plan.outcomes.at(kMeshPolicy).needs_finalizer);
  EXPECT_EQ(plan.outcomes.at(kMeshPolicy).targets, settled.recorded.at(kMeshPolicy));
  mesh.facts.config_maps = settled.config_maps;
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kText);
}

}  // namespace
}  // namespace meshtrace::mesh
