// Rules of docs/injection.md about variables: their order, whose wins, pairs. Each test is named by its rule.
#include "tests/unit/inject/fixture.h"

namespace meshtrace::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Variables, StandInTheOrderThatTheKubeletNeeds) {
  EXPECT_THAT(names(first_container(injected(pod_with({}), everything()))),
              ElementsAre("K8S_POD_NAME", "K8S_NODE_NAME", "K8S_NAMESPACE", "K8S_POD_UID", "K8S_POD_IP",
                          "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER",
                          "OTEL_TRACES_SAMPLER_ARG", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT",
                          "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_EXPORTER_OTLP_ENDPOINT",
                          "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_SDK_DISABLED"));
}

TEST(Variables, AreThoseThatThePolicySetsAndNoOthers) {
  auto settings = defaults();
  settings.pod_identity = false;
  EXPECT_THAT(names(first_container(injected(pod_with({}), settings))),
              ElementsAre("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_PROPAGATORS"));
}

TEST(Variables, HaveTheirValuesAtRunTime) {
  const auto run = environment(pod_with({}), everything());
  EXPECT_EQ(run.at("K8S_POD_NAME"), "checkout-7d9-abc");
  EXPECT_EQ(run.at("K8S_POD_IP"), "10.0.0.7");
  EXPECT_EQ(run.at("OTEL_SERVICE_NAME"), "checkout-7d9-abc");
  EXPECT_EQ(run.at("OTEL_RESOURCE_ATTRIBUTES"),
            "k8s.pod.name=checkout-7d9-abc,k8s.node.name=node-1,k8s.namespace.name=shop,k8s.pod.uid=u-1,"
            "k8s.container.name=app,service.version=1.4,service.namespace=shop,"
            "service.instance.id=shop.checkout-7d9-abc.app");
  EXPECT_EQ(run.at("OTEL_PROPAGATORS"), "tracecontext,baggage");
  EXPECT_EQ(run.at("OTEL_BSP_SCHEDULE_DELAY"), "5000");
  EXPECT_EQ(run.at("OTEL_BSP_EXPORT_TIMEOUT"), "30000");
  EXPECT_EQ(run.at("OTEL_SDK_DISABLED"), "false");
}

TEST(Sampler, ArgumentIsAFraction) {
  const std::pair<int, const char*> cases[] = {{1000, "0.1"}, {10000, "1"},     {0, "0"},
                                               {1, "0.0001"}, {3333, "0.3333"}, {50, "0.005"}};
  for (const auto& [hundredths, text] : cases) {
    auto settings = defaults();
    settings.sampling = policy::Sampling{policy::SamplingOwner::kSdk, hundredths};
    const auto run = environment(pod_with({}), settings);
    EXPECT_EQ(run.at("OTEL_TRACES_SAMPLER"), "parentbased_traceidratio");
    EXPECT_EQ(run.at("OTEL_TRACES_SAMPLER_ARG"), text);
  }
}

TEST(Sampler, FollowsTheProxyWhereTheProxyDecides) {
  auto settings = defaults();
  settings.sampling = policy::Sampling{policy::SamplingOwner::kProxy, 1000};
  const auto run = environment(pod_with({}), settings);
  EXPECT_EQ(run.at("OTEL_TRACES_SAMPLER"), "parentbased_always_on");
  EXPECT_FALSE(run.contains("OTEL_TRACES_SAMPLER_ARG"));
}

TEST(ContainersOwn, WinsByNameWhetherValueOrValueFrom) {
  const json env = {
      {{"name", "OTEL_PROPAGATORS"}, {"value", "b3"}},
      {{"name", "OTEL_BSP_SCHEDULE_DELAY"}, {"valueFrom", {{"configMapKeyRef", {{"name", "c"}, {"key", "delay"}}}}}}};
  const auto result = injected(pod_with_env(env), everything());
  const auto& after = first_container(result)["env"];
  EXPECT_THAT(after, Contains(env[0]));
  EXPECT_THAT(after, Contains(env[1]));
  auto all = names(first_container(result));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "no name stands twice";
  EXPECT_THAT(result.injection.containers[0].kept, Contains(HasSubstr("OTEL_PROPAGATORS: set by the container")));
}

TEST(EnvFrom, IsWarnedOfAndOursAreSet) {
  const auto pod = pod_with({{"envFrom", {{{"configMapRef", {{"name", "c"}}}}}}});
  const auto result = injected(pod, defaults());
  EXPECT_THAT(result.injection.warnings, ElementsAre(HasSubstr("has envFrom")));
  EXPECT_THAT(names(first_container(result)), Contains("OTEL_PROPAGATORS"));
  EXPECT_THAT(injected(result.pod, defaults()).injection.warnings, IsEmpty()) << "nothing set, nothing to warn of";
}

TEST(KeepEnv, LeavesTheNamedVariablesAlone) {
  const auto pod =
      pod_with({}, {{"name", "a"}, {"annotations", {{"meshtrace.io/keep-env", "OTEL_PROPAGATORS, K8S_POD_IP"}}}});
  const auto set = names(first_container(injected(pod, defaults())));
  EXPECT_THAT(set, Not(Contains("OTEL_PROPAGATORS")));
  EXPECT_THAT(set, Not(Contains("K8S_POD_IP")));
  EXPECT_THAT(set, Contains("OTEL_SERVICE_NAME"));
}

TEST(KeepEnv, OfOneOfAPairLeavesBoth) {
  const std::pair<const char*, const char*> pairs[] = {{"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"},
                                                       {"OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"},
                                                       {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"}};
  for (const auto& [one, other] : pairs) {
    for (const char* kept : {one, other}) {
      const auto pod = pod_with({}, {{"annotations", {{"meshtrace.io/keep-env", kept}}}});
      const auto set = names(first_container(injected(pod, everything())));
      EXPECT_THAT(set, Not(Contains(one))) << kept;
      EXPECT_THAT(set, Not(Contains(other))) << kept;
    }
  }
}

TEST(Endpoint, MayReferToTheNodesAddress) {
  auto settings = defaults();
  settings.exporter_endpoint = "http://$(K8S_NODE_IP):4317";
  settings.pod_identity = false;
  EXPECT_EQ(environment(pod_with({}), settings).at("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://192.0.2.1:4317");
  const auto foreign = pod_with_env({{{"name", "K8S_NODE_IP"}, {"value", "203.0.113.9"}}});
  const auto run = environment(foreign, settings);
  EXPECT_EQ(run.at("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://192.0.2.1:4317");
  EXPECT_EQ(run.at("K8S_NODE_IP"), "203.0.113.9");
}

TEST(Endpoint, ThatRefersToNothingIsWarnedOf) {
  auto settings = defaults();
  settings.exporter_endpoint = "http://$(COLLECTOR):4317";
  EXPECT_THAT(injected(pod_with({}), settings).injection.warnings, ElementsAre(HasSubstr("COLLECTOR")));
  const auto pod = pod_with_env({{{"name", "COLLECTOR"}, {"value", "c"}}});
  EXPECT_THAT(injected(pod, settings).injection.warnings, IsEmpty());
  EXPECT_EQ(environment(pod, settings).at("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://c:4317");
}

TEST(Endpoint, OfTheContainerKeepsItsProtocol) {
  const auto pod = pod_with_env({{{"name", "OTEL_EXPORTER_OTLP_ENDPOINT"}, {"value", "http://mine:4318"}}});
  EXPECT_FALSE(environment(pod, everything()).contains("OTEL_EXPORTER_OTLP_PROTOCOL"));
}

TEST(DownwardVariables, WithAnotherMeaningStayAndOursHaveAPrivateName) {
  const auto pod = pod_with_env({{{"name", "K8S_NAMESPACE"}, {"value", "by hand"}}});
  const auto run = environment(pod, defaults());
  EXPECT_EQ(run.at("K8S_NAMESPACE"), "by hand");
  EXPECT_EQ(run.at("MESHTRACE_K8S_NAMESPACE"), "shop");
  EXPECT_THAT(run.at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("k8s.namespace.name=shop"));
}

TEST(DownwardVariables, OfTheContainerServeWhereTheyStandEarlyEnough) {
  const json field = {{"name", "K8S_POD_NAME"},
                      {"valueFrom", {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.name"}}}}}};
  const json list = {{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"value", "a=b"}};
  const auto early = environment(pod_with_env({field, list}), defaults());
  EXPECT_FALSE(early.contains("MESHTRACE_K8S_POD_NAME"));
  EXPECT_THAT(early.at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("k8s.pod.name=checkout-7d9-abc"));
  const auto late = environment(pod_with_env({list, field}), defaults());
  EXPECT_TRUE(late.contains("MESHTRACE_K8S_POD_NAME"));
  EXPECT_THAT(late.at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("k8s.pod.name=checkout-7d9-abc"));
}

TEST(DownwardVariables, WhosePrivateNameIsTakenTooLoseTheAttributeWithAWarning) {
  const auto pod = pod_with_env(
      {{{"name", "K8S_NODE_NAME"}, {"value", "x"}}, {{"name", "MESHTRACE_K8S_NODE_NAME"}, {"value", "y"}}});
  const auto result = injected(pod, defaults());
  EXPECT_THAT(result.injection.warnings, ElementsAre(HasSubstr("k8s.node.name")));
  EXPECT_EQ(environment(pod, defaults()).at("OTEL_RESOURCE_ATTRIBUTES").find("k8s.node.name"), std::string::npos);
}

TEST(DownwardVariables, StandBeforeTheUsersVariablesThatReferToThem) {
  const auto pod = pod_with_env({{{"name", "MY_NAME"}, {"value", "$(K8S_POD_NAME)"}}});
  EXPECT_EQ(environment(pod, defaults()).at("MY_NAME"), "checkout-7d9-abc");
}

TEST(PodIdentity, OffLeavesOutWhatNeedsIt) {
  auto settings = defaults();
  settings.pod_identity = false;
  const auto run = environment(pod_with({}), settings);
  EXPECT_EQ(run.at("OTEL_RESOURCE_ATTRIBUTES"), "k8s.container.name=app,service.version=1.4");
  EXPECT_EQ(run.at("OTEL_SERVICE_NAME"), "checkout");
}

}  // namespace
}  // namespace meshtrace::test
