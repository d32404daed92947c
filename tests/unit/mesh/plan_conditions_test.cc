// What a policy's status says: in force or not, why not, and what to do.
#include <gmock/gmock.h>

#include "core/mesh/intent.h"
#include "core/mesh/reasons.h"
#include "tests/unit/mesh/plan_support.h"

namespace meshtrace::mesh {
namespace {

using test::condition;
using test::facts_with;
using test::json;
using test::kRoot;
using test::Mesh;
using test::policy_of;
using test::shown;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kW3c = R"({"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})";
const PolicyKey kMeshPolicy{kRoot, "mesh"};

TEST(PlanConditions, EveryPolicyHasAllFourInTheirOrder) {
  Mesh mesh(facts_with(""));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c), policy_of("shop", "all", "{}")};
  const Plan plan = mesh.settle();
  for (const auto& [policy, outcome] : plan.outcomes) {
    std::vector<std::string> types;
    for (const Condition& one : outcome.conditions) types.push_back(one.type);
    EXPECT_THAT(types, testing::ElementsAre("Accepted", "Programmed", "ResolvedRefs", "Conflicted"));
    for (const char* type : {"Accepted", "Programmed", "ResolvedRefs"})
      EXPECT_EQ(condition(plan, policy, type).status, "True");
    EXPECT_EQ(shown(plan, policy, "Conflicted"), "False NoConflict");
  }
}

TEST(PlanConditions, APolicyWhereNoPodIsCoveredIsNotAccepted) {
  Mesh mesh(facts_with(""));
  mesh.policies = {policy_of("kube-system", "lost", kW3c)};
  const Plan plan = mesh.settle();
  EXPECT_EQ(shown(plan, {"kube-system", "lost"}, "Accepted"), "False NotCovered");
  EXPECT_EQ(mesh.facts.config_maps[0].text, "");
}

TEST(PlanConditions, APolicyWhosePodsAnOlderOneSelectsToo) {
  constexpr std::string_view kWide =
      R"({"selector": {"matchLabels": {"app": "a"}}, "proxy": {"headers": {"maxRequestHeadersKb": 96}}})";
  constexpr std::string_view kNarrow =
      R"({"selector": {"matchLabels": {"app": "a", "tier": "b"}}, "proxy": {"headers": {"maxRequestHeadersKb": 64}}})";
  Mesh mesh(facts_with(""));
  mesh.policies = {policy_of("shop", "wide", kWide, "2026-05-01T10:00:00Z"),
                   policy_of("shop", "narrow", kNarrow, "2026-05-02T10:00:00Z")};
  Plan plan = mesh.settle();
  EXPECT_EQ(shown(plan, {"shop", "narrow"}, "Conflicted"), "True Conflicted");
  EXPECT_EQ(plan.documents.size(), 1u) << "never a merge of both";

  mesh.policies = {policy_of("shop", "narrow", kNarrow, "2026-05-01T10:00:00Z"),
                   policy_of("shop", "wide", kWide, "2026-05-02T10:00:00Z")};
  plan = mesh.settle();
  EXPECT_EQ(plan.documents.size(), 2u) << "the younger one still holds for pods without tier";
  mesh.facts.overlaps[{"shop", "wide"}] = "narrow";
  plan = mesh.plan();
  EXPECT_EQ(shown(plan, {"shop", "wide"}, "Accepted"), "True Accepted");
  EXPECT_THAT(condition(plan, {"shop", "wide"}, "Conflicted").message, HasSubstr("wins some of the pods"));
}

TEST(PlanConditions, AnAuditPolicyWritesNothingAndSaysWhatItWould) {
  Mesh mesh(facts_with("accessLogFile: /dev/stdout\n"));
  mesh.policies = {policy_of(kRoot, "mesh", R"({"mode": "Audit", "proxy": {
      "accessLog": {"traceHeaders": ["W3C"]}, "headers": {"maxRequestHeadersKb": 96}}})")};
  const Plan plan = mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, "accessLogFile: /dev/stdout\n");
  EXPECT_THAT(mesh.facts.envoy_filters, IsEmpty());
  const Outcome& outcome = plan.outcomes.at(kMeshPolicy);
  EXPECT_FALSE(outcome.needs_finalizer);
  ASSERT_EQ(outcome.targets.size(), 2u);
  for (const Target& target : outcome.targets) {
    EXPECT_EQ(target.state, kStateWouldApply);
    EXPECT_EQ(target.applied, "");
  }
  EXPECT_EQ(shown(plan, kMeshPolicy, "Accepted"), "True Accepted");
  EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "False Audit");
  EXPECT_THAT(condition(plan, kMeshPolicy, "Programmed").message,
              testing::AllOf(HasSubstr("data.mesh.accessLogFormat of ConfigMap istio-system/istio"),
                             HasSubstr("EnvoyFilter istio-system/meshtrace-mesh")));
}

TEST(PlanConditions, APolicyThatBecomesAuditGivesBackWhatItHeld) {
  Mesh mesh(facts_with("accessLogFile: /dev/stdout\n"));
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  mesh.settle();
  mesh.policies = {policy_of(kRoot, "mesh", R"({"mode": "Audit", "proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})")};
  const Plan plan = mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, "accessLogFile: /dev/stdout\n");
  EXPECT_FALSE(plan.outcomes.at(kMeshPolicy).needs_finalizer);
  EXPECT_EQ(plan.outcomes.at(kMeshPolicy).targets.size(), 1u);
}

TEST(PlanConditions, WhatAnotherManagesIsSaidWithTheValuesAndTurnsTrueWhenTheyArrive) {
  struct Case {
    MeshManager manager;
    MeshConfigWrites writes;
    const char* says;
    const char* fragment;
  };
  const Case cases[] = {
      {MeshManager::kHelm, MeshConfigWrites::kAuto, "Helm release istiod manages it",
       "\nmeshConfig:\n  accessLogFile: "},
      {MeshManager::kSail, MeshConfigWrites::kAuto, "manages it", "\nkind: Istio\n"},
      {MeshManager::kIstioctl, MeshConfigWrites::kNever, "--mesh-config-writes is never", "\nkind: IstioOperator\n"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.fragment);
    Mesh mesh(facts_with("rootNamespace: istio-system\n"));
    mesh.facts.mesh_config_writes = one.writes;
    mesh.facts.config_maps[0].manager = one.manager;
    mesh.facts.config_maps[0].managed_by = "Helm release istiod";
    mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
    const Plan plan = mesh.settle();
    EXPECT_EQ(mesh.facts.config_maps[0].text, "rootNamespace: istio-system\n");
    EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "False ManagedElsewhere");
    EXPECT_THAT(condition(plan, kMeshPolicy, "Programmed").message,
                testing::AllOf(HasSubstr(one.says), HasSubstr(one.fragment), HasSubstr("%REQ(TRACEPARENT)%")));
    EXPECT_EQ(plan.outcomes.at(kMeshPolicy).targets[0].state, kStateNotWritten);
    EXPECT_FALSE(plan.outcomes.at(kMeshPolicy).needs_finalizer);

    Mesh written(facts_with("rootNamespace: istio-system\n"));
    written.policies = mesh.policies;
    written.settle();
    mesh.facts.config_maps[0].text = written.facts.config_maps[0].text;
    EXPECT_EQ(shown(mesh.plan(), kMeshPolicy, "Programmed"), "True Programmed");
    EXPECT_THAT(mesh.plan().outcomes.at(kMeshPolicy).targets, IsEmpty()) << "it is not ours to take back";
  }
}

TEST(PlanConditions, AlwaysWritesWhereHelmManages) {
  Mesh mesh(facts_with("rootNamespace: istio-system\n"));
  mesh.facts.mesh_config_writes = MeshConfigWrites::kAlways;
  mesh.facts.config_maps[0].manager = MeshManager::kHelm;
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  EXPECT_EQ(shown(mesh.settle(), kMeshPolicy, "Programmed"), "True Programmed");
}

TEST(PlanConditions, ANarrowerLogWaitsForAProviderThatAnotherManagerMustAdd) {
  Mesh mesh(facts_with("rootNamespace: istio-system\nextensionProviders: [{name: theirs, prometheus: {}}]\n"));
  mesh.facts.config_maps[0].manager = MeshManager::kHelm;
  mesh.policies = {policy_of("shop", "all", kW3c),
                   policy_of("cart", "all", R"({"proxy": {"accessLog": {"format": "x"}}})")};
  const Plan plan = mesh.settle();
  EXPECT_THAT(mesh.facts.telemetries, IsEmpty());
  const std::string message = condition(plan, {"shop", "all"}, "Programmed").message;
  EXPECT_THAT(message, testing::AllOf(HasSubstr("keep what it has"), HasSubstr(R"("name":"meshtrace-)")));
  EXPECT_THAT(message, testing::AllOf(testing::Not(HasSubstr("theirs")), testing::Not(HasSubstr(R"("text":"x)"))))
      << "what others have in the mesh is not for a namespace's user to read";
}

TEST(PlanConditions, WithoutAMeshConfigurationAnAccessLogHasNoPlace) {
  Facts facts;
  const Plan plan = make_plan(policy::Index({policy_of(kRoot, "mesh", kW3c)}, kRoot), facts);
  EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "False MeshConfigNotFound");
}

TEST(PlanConditions, ATelemetryThatOutranksTheMeshsFormatIsNamed) {
  Facts facts = facts_with("extensionProviders: [{name: als, envoyOtelAls: {service: a.b.svc, port: 1}}]\n");
  facts.telemetries = {test::telemetry(kRoot, "default", R"({"accessLogging": [{"providers": [{"name": "als"}]}]})")};
  Mesh mesh(facts);
  mesh.policies = {policy_of(kRoot, "mesh", kW3c)};
  const Plan plan = mesh.settle();
  EXPECT_EQ(shown(plan, kMeshPolicy, "Programmed"), "False Overridden");
  EXPECT_THAT(condition(plan, kMeshPolicy, "Programmed").message,
              HasSubstr("Telemetry istio-system/default has the access log by the provider als and none by envoy"));
  mesh.facts.telemetries[0]["spec"] =
      json::parse(R"({"accessLogging": [{"providers": [{"name": "als"}, {"name": "envoy"}]}]})");
  EXPECT_EQ(shown(mesh.settle(), kMeshPolicy, "Programmed"), "True Programmed");
}

TEST(PlanConditions, AmbientNamespacesAreSaid) {
  Mesh mesh(facts_with(""));
  mesh.facts.ambient_namespaces = {"shop"};
  mesh.policies = {policy_of("shop", "all", R"({"proxy": {"headers": {"maxRequestHeadersKb": 96}}})")};
  EXPECT_THAT(condition(mesh.settle(), {"shop", "all"}, "Programmed").message, HasSubstr("ztunnel reads none of this"));
}

TEST(PlanConditions, SdkAsOwnerSaysItsPrice) {
  Mesh mesh(facts_with(""));
  mesh.policies = {policy_of(kRoot, "mesh", R"({"sampling": {"owner": "SDK", "percentage": 10}})")};
  EXPECT_THAT(condition(mesh.settle(), kMeshPolicy, "Programmed").message, HasSubstr("make no spans of their own"));
}

TEST(PlanConditions, NamespacesTogetherCannotFillTheMeshsConfiguration) {
  std::vector<policy::TracingPolicy> policies;
  for (std::size_t i = 0; i < kMaxProviders + 6; ++i) {
    const std::string number = std::to_string(100 + i);
    policies.push_back(policy_of("ns-" + number, "all",
                                 R"({"proxy": {"accessLog": {"format": "%PROTOCOL% )" + number + "\\n\"}}}",
                                 "2026-05-01T10:00:" + number.substr(1) + "Z"));
  }
  const Plan plan = make_plan(policy::Index(policies, kRoot), facts_with(""));
  std::size_t written = 0;
  for (const auto& policy : policies) {
    if (shown(plan, {policy.ns, policy.name}, "Programmed") == "False TooManyProviders") continue;
    EXPECT_LT(policy.ns, "ns-" + std::to_string(100 + kMaxProviders)) << "the older ones get in";
    ++written;
  }
  EXPECT_EQ(written, kMaxProviders);
}

TEST(PlanConditions, ALargeFormatCountsByItsBytes) {
  const std::string large(8000, 'x');
  std::vector<policy::TracingPolicy> policies;
  for (int i = 0; i < 9; ++i) {
    policies.push_back(policy_of("ns-" + std::to_string(i), "all",
                                 R"({"proxy": {"accessLog": {"format": ")" + large + std::to_string(i) + "\\n\"}}}"));
  }
  const Plan plan = make_plan(policy::Index(policies, kRoot), facts_with(""));
  EXPECT_EQ(shown(plan, {"ns-7", "all"}, "Programmed"), "False Pending");
  EXPECT_EQ(shown(plan, {"ns-8", "all"}, "Programmed"), "False TooManyProviders");
}

}  // namespace
}  // namespace meshtrace::mesh
