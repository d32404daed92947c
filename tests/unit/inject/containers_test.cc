// Which containers are injected, and what happens to a pod that is none.
#include <gmock/gmock.h>

#include "tests/support/injected.h"

namespace meshtrace {
namespace {

using inject::Outcome;
using nlohmann::json;
using testing::HasSubstr;

policy::InjectionSettings settings_for(std::vector<std::string> include, std::vector<std::string> exclude = {}) {
  policy::InjectionSettings settings;
  settings.include = std::move(include);
  settings.exclude = std::move(exclude);
  settings.propagators = {"tracecontext"};
  settings.hash = "0123456789abcdef";
  return settings;
}

std::map<std::string, Outcome> outcomes(const json& pod, const policy::InjectionSettings& settings) {
  const std::string text = pod.dump();
  std::map<std::string, Outcome> found;
  const auto injection = test::run_inject(text, settings);
  for (const auto& container : injection->containers) {
    found[std::string(container.name)] = container.outcome;
  }
  return found;
}

TEST(Containers, AreAllButProxiesAndPlainInitContainers) {
  const json pod = {
      {"metadata", {{"annotations", {{"sidecar.istio.io/status", R"({"containers":["custom-proxy"]})"}}}}},
      {"spec",
       {{"initContainers",
         {{{"name", "istio-init"}},
          {{"name", "migrate"}},
          {{"name", "istio-proxy"}, {"restartPolicy", "Always"}},
          {{"name", "log-shipper"}, {"restartPolicy", "Always"}}}},
        {"containers", {{{"name", "app"}}, {{"name", "linkerd-proxy"}}, {{"name", "custom-proxy"}}}}}}};
  EXPECT_EQ(outcomes(pod, settings_for({"*"})), (std::map<std::string, Outcome>{{"istio-init", Outcome::kProxy},
                                                                                {"migrate", Outcome::kInitContainer},
                                                                                {"istio-proxy", Outcome::kProxy},
                                                                                {"log-shipper", Outcome::kInjected},
                                                                                {"app", Outcome::kInjected},
                                                                                {"linkerd-proxy", Outcome::kProxy},
                                                                                {"custom-proxy", Outcome::kProxy}}));
  const auto named = outcomes(pod, settings_for({"migrate", "istio-proxy", "a*"}));
  EXPECT_EQ(named.at("migrate"), Outcome::kInjected) << "named exactly";
  EXPECT_EQ(named.at("istio-proxy"), Outcome::kProxy) << "proxies are always left alone";
  EXPECT_EQ(named.at("log-shipper"), Outcome::kNotSelected);
  EXPECT_EQ(outcomes(pod, settings_for({"*"}, {"app", "log-*"})).at("app"), Outcome::kNotSelected);
}

TEST(Containers, AddedByALaterWebhookAreInjectedOnReinvocation) {
  const auto settings = settings_for({"*"});
  inject::Options options;
  options.mark = inject::Options::Mark::kSet;
  json pod = {{"metadata", {{"name", "a"}}}, {"spec", {{"containers", {{{"name", "app"}}}}}}};
  pod = test::injected(pod, settings, options).pod;
  EXPECT_TRUE(test::injected(pod, settings, options).injection.patch.empty());
  pod["spec"]["containers"].push_back({{"name", "late"}});
  const auto again = test::injected(pod, settings, options);
  EXPECT_EQ(again.patch.size(), 1u);
  EXPECT_EQ(again.patch[0]["path"], "/spec/containers/1/env");
}

TEST(OptOut, LabelOnThePodLeavesItAlone) {
  const json pod = {{"metadata", {{"labels", {{"meshtrace.io/inject", "false"}}}}},
                    {"spec", {{"containers", {{{"name", "app"}}}}}}};
  const auto result = test::injected(pod, settings_for({"*"}));
  EXPECT_TRUE(result.injection.opted_out);
  EXPECT_TRUE(result.injection.patch.empty());
}

TEST(Mark, IsSetWhereverMetadataStandsAndReplacesAForgedOne) {
  inject::Options options;
  options.mark = inject::Options::Mark::kSet;
  auto settings = settings_for({"none"});
  const json spec = {{"containers", {{{"name", "app"}}}}};
  for (const json& metadata :
       {json(nullptr), json::object(), json{{"annotations", nullptr}}, json{{"annotations", json::object()}},
        json{{"annotations", {{"meshtrace.io/injected", "forged"}, {"other", "x"}}}}}) {
    const json pod = {{"metadata", metadata}, {"spec", spec}};
    const auto result = test::injected(pod, settings, options);
    EXPECT_EQ(result.pod["metadata"]["annotations"]["meshtrace.io/injected"], settings.hash) << metadata;
    EXPECT_EQ(result.patch.size(), 1u);
    EXPECT_TRUE(test::injected(result.pod, settings, options).injection.patch.empty());
  }
}

TEST(Patch, KeepsUnknownFieldsOfTheFuture) {
  json pod = {{"metadata", {{"name", "a"}, {"futureMeta", {1, 2}}}},
              {"spec",
               {{"futureSpec", true},
                {"containers",
                 {{{"name", "app"},
                   {"restartPolicyRules", {{{"action", "Restart"}}}},
                   {"env", {{{"name", "A"}, {"valueFrom", {{"fileKeyRef", {{"key", "k"}}}}}}}}}}}}}};
  json after = test::injected(pod, settings_for({"*"})).pod;
  auto& env = after["spec"]["containers"][0]["env"];
  EXPECT_EQ(env.at(5), pod["spec"]["containers"][0]["env"][0]);
  env = pod["spec"]["containers"][0]["env"];
  EXPECT_EQ(after, pod);
}

TEST(Patch, TouchesOneEntryAndNeverAListThatHadContent) {
  for (const json& env : {json(nullptr), json::array()}) {
    json pod = {{"spec", {{"containers", {{{"name", "app"}, {"env", env}}}}}}};
    const auto result = test::injected(pod, settings_for({"*"}));
    ASSERT_EQ(result.patch.size(), 1u);
    EXPECT_EQ(result.patch[0]["path"], "/spec/containers/0/env");
  }
  json pod = {{"spec", {{"containers", {{{"name", "app"}, {"env", {{{"name", "A"}, {"value", "b"}}}}}}}}}};
  for (const auto& operation : test::injected(pod, settings_for({"*"})).patch) {
    EXPECT_THAT(operation["path"].get<std::string>(), HasSubstr("/env/"));
  }
}

TEST(OddPods, AreErrorsThatNameTheField) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"spec":{"containers":[{"name":"a","env":"text"}]}})", "spec.containers[0].env"},
      {R"({"spec":{"containers":[{"name":"a","env":["x"]}]}})", "spec.containers[0].env[0]"},
      {R"({"spec":{"containers":[{"name":"a","env":[{"value":"x"}]}]}})", "spec.containers[0].env[0].name"},
      {R"({"spec":{"containers":[{"name":"a","env":[{"name":1}]}]}})", "spec.containers[0].env[0].name"},
      {R"({"spec":{"containers":[{"name":"a","env":[{"name":"A","value":1}]}]}})", "spec.containers[0].env[0].value"},
      {R"({"spec":{"containers":[{"name":"a","env":[{"name":"A","valueFrom":1}]}]}})",
       "spec.containers[0].env[0].valueFrom"},
      {R"({"spec":{"containers":[{"name":7}]}})", "spec.containers[0].name"},
      {R"({"spec":{"containers":["a"]}})", "spec.containers[0]"},
      {R"({"spec":{"containers":{}}})", "spec.containers"},
      {R"({"spec":{"initContainers":5}})", "spec.initContainers"},
      {R"({"spec":[]})", "spec"},
      {R"({"metadata":"x"})", "metadata"},
      {R"({"metadata":{"labels":{"a":1}}})", "metadata.labels[a]"},
      {R"({"metadata":{"annotations":[]}})", "metadata.annotations"},
      {R"({"metadata":{"ownerReferences":{}}})", "metadata.ownerReferences"},
      {R"(5)", ""},
  };
  for (const auto& [pod, where] : cases) {
    const auto result = test::run_inject(pod, settings_for({"*"}));
    ASSERT_FALSE(result) << pod;
    EXPECT_EQ(result.error().where, where) << pod;
    EXPECT_FALSE(result.error().what.empty());
  }
}

TEST(OddPods, WithThousandsOfContainersGetNoPatchLargerThanAnyPod) {
  json containers = json::array();
  for (int i = 0; i < 5000; ++i) containers.push_back({{"name", "c" + std::to_string(i)}});
  const auto result = test::run_inject(json{{"spec", {{"containers", containers}}}}.dump(), settings_for({"*"}));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what, HasSubstr("bytes"));
}

TEST(Injection, GivesTheSameBytesForTheSameInput) {
  const json pod = {
      {"metadata", {{"annotations", {{"resource.opentelemetry.io/b", "1"}, {"resource.opentelemetry.io/a", "2"}}}}},
      {"spec", {{"containers", {{{"name", "app"}}}}}}};
  EXPECT_EQ(test::injected(pod, settings_for({"*"})).injection.patch,
            test::injected(pod, settings_for({"*"})).injection.patch);
}

}  // namespace
}  // namespace meshtrace
