// Rules of docs/injection.md about the service name and the resource attributes. Each test is named by its rule.
#include "tests/unit/inject/fixture.h"

namespace meshtrace::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(ResourceAttributes, AreCompletedAndTheContainersKeysWin) {
  const auto pod = pod_with_env({{{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"value", "team=pay,service.version=9"}}});
  const auto result = injected(pod, defaults());
  const std::string list = environment(pod, defaults()).at("OTEL_RESOURCE_ATTRIBUTES");
  EXPECT_THAT(list, HasSubstr(",team=pay,service.version=9"));
  EXPECT_THAT(list, HasSubstr("k8s.pod.name=checkout-7d9-abc"));
  EXPECT_THAT(list, Not(HasSubstr("1.4")));
  EXPECT_EQ(result.patch[0]["op"], "replace");
  EXPECT_EQ(result.patch[0]["path"], "/spec/containers/0/env/0/value");
}

TEST(ResourceAttributes, FromASourceAreRenamedAndReferredTo) {
  const json source = {{"configMapKeyRef", {{"name", "c"}, {"key", "attributes"}}}};
  const auto pod = pod_with_env({{{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"valueFrom", source}}});
  const auto result = injected(pod, defaults());
  const auto run =
      run_environment(first_container(result), pod_fields(), {{"MESHTRACE_OTEL_RESOURCE_ATTRIBUTES", "team=pay"}});
  EXPECT_THAT(run.at("OTEL_RESOURCE_ATTRIBUTES"), testing::EndsWith(",team=pay"));
  EXPECT_THAT(run.at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("service.name=checkout-7d9-abc"))
      << "in the list, where the container's own service.name would come later and win";
  EXPECT_FALSE(run.contains("OTEL_SERVICE_NAME"));
  EXPECT_TRUE(injected(result.pod, defaults()).injection.patch.empty());
}

TEST(ResourceAttributes, FromAnOptionalSourceAreLeftWithAWarning) {
  const json source = {{"configMapKeyRef", {{"name", "c"}, {"key", "attributes"}, {"optional", true}}}};
  const json own = {{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"valueFrom", source}};
  const auto result = injected(pod_with_env({own}), defaults());
  EXPECT_THAT(first_container(result)["env"], Contains(own));
  EXPECT_THAT(result.injection.warnings, ElementsAre(HasSubstr("optional")));
}

TEST(ResourceAttributes, ThatAnSdkCannotReadAreLeftWithAWarning) {
  for (const char* list : {"a=b=c", "a=b;c", "a=50%"}) {
    const json own = {{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"value", list}};
    const auto result = injected(pod_with_env({own}), defaults());
    EXPECT_THAT(first_container(result)["env"], Contains(own)) << list;
    EXPECT_THAT(result.injection.warnings, ElementsAre(HasSubstr("drop the whole list"))) << list;
    EXPECT_THAT(result.injection.warnings[0], Not(HasSubstr(list))) << "values stay out of warnings";
  }
}

TEST(ResourceAttributes, EmptyItemsAreMended) {
  const auto pod = pod_with_env({{{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"value", "team=pay,,"}}});
  EXPECT_THAT(environment(pod, defaults()).at("OTEL_RESOURCE_ATTRIBUTES"), testing::EndsWith(",team=pay"));
}

TEST(ResourceAttributes, WithServiceNameGetNoOtelServiceName) {
  const auto pod = pod_with_env({{{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"value", "service.name=mine"}}});
  const auto run = environment(pod, defaults());
  EXPECT_FALSE(run.contains("OTEL_SERVICE_NAME"));
  EXPECT_THAT(run.at("OTEL_RESOURCE_ATTRIBUTES"), testing::EndsWith(",service.name=mine"));
}

TEST(ResourceAttributes, OfManySourcesContainerOverAnnotationOverPolicyOverComputed) {
  auto settings = defaults();
  settings.resource_attributes = {{"a", "policy"}, {"b", "policy"}, {"service.version", "policy"}, {"team", "policy"}};
  json pod = pod_with_env({{{"name", "OTEL_RESOURCE_ATTRIBUTES"}, {"value", "a=container"}}});
  pod["metadata"]["annotations"] = {{"resource.opentelemetry.io/a", "annotation"},
                                    {"resource.opentelemetry.io/b", "annotation"},
                                    {"resource.opentelemetry.io/extra", "annotation"}};
  const std::string list = environment(pod, settings).at("OTEL_RESOURCE_ATTRIBUTES");
  EXPECT_THAT(list, HasSubstr("b=annotation,extra=annotation,team=policy,a=container"));
  EXPECT_THAT(list, HasSubstr("service.version=policy"));
  EXPECT_EQ(list.find("a=annotation,b"), std::string::npos);
}

TEST(ResourceAttributes, ValuesArePercentEncodedAndDollarsReachTheApplication) {
  auto settings = defaults();
  settings.resource_attributes = {{"cost", "50% of $(HOME), a=b; $$"}};
  const std::string list = environment(pod_with({}), settings).at("OTEL_RESOURCE_ATTRIBUTES");
  EXPECT_THAT(list, testing::EndsWith("cost=50%25%20of%20$(HOME)%2C%20a%3Db%3B%20$$"));
}

TEST(ResourceAttributes, StayUnderWhatLinuxTakes) {
  auto settings = defaults();
  for (int i = 0; i < 64; ++i)
    settings.resource_attributes.emplace_back("key" + std::to_string(i), std::string(1024, ' '));
  std::sort(settings.resource_attributes.begin(), settings.resource_attributes.end());
  const auto result = injected(pod_with({}), settings);
  EXPECT_LT(environment(pod_with({}), settings).at("OTEL_RESOURCE_ATTRIBUTES").size(), 70'000u);
  EXPECT_THAT(result.injection.warnings, Contains(HasSubstr("left out")));
}

TEST(Annotations, ThatAreTooLongOrNoKeyDoNotCount) {
  const auto pod = pod_with({}, {{"annotations",
                                  {{"resource.opentelemetry.io/long", std::string(1025, 'x')},
                                   {"resource.opentelemetry.io/a=b", "x"},
                                   {"resource.opentelemetry.io/", "x"},
                                   {"resource.opentelemetry.io/ok", "x"}}}});
  const std::string list = environment(pod, defaults()).at("OTEL_RESOURCE_ATTRIBUTES");
  EXPECT_THAT(list, testing::EndsWith(",ok=x"));
  EXPECT_EQ(list.find("long"), std::string::npos);
}

TEST(ServiceName, IsNeverEncodedButDollarsAreDoubled) {
  auto settings = defaults();
  settings.service_name = {policy::ServiceName::From::kValue, "", "a b,$(X)=c", false};
  EXPECT_EQ(environment(pod_with({}), settings).at("OTEL_SERVICE_NAME"), "a b,$(X)=c");
}

TEST(ServiceName, OfTheContainerStays) {
  const auto pod = pod_with_env({{{"name", "OTEL_SERVICE_NAME"}, {"value", "mine"}}});
  EXPECT_EQ(environment(pod, defaults()).at("OTEL_SERVICE_NAME"), "mine");
}

struct OwnerCase {
  json metadata;
  const char* service;
  const char* attributes;
};

TEST(OwnerNames, ComeFromThePodAlone) {
  const OwnerCase cases[] = {
      {owned_by("apps/v1", "ReplicaSet", "checkout-7d9f", {{"pod-template-hash", "7d9f"}}), "checkout",
       "k8s.deployment.name=checkout,k8s.replicaset.name=checkout-7d9f"},
      {owned_by("apps/v1", "ReplicaSet", "checkout-7d9f"), "checkout-7d9f", "k8s.replicaset.name=checkout-7d9f"},
      {owned_by("apps/v1", "ReplicaSet", "checkout", {{"pod-template-hash", "7d9f"}}), "checkout",
       "k8s.replicaset.name=checkout"},
      {owned_by("apps/v1", "StatefulSet", "db"), "db", "k8s.statefulset.name=db"},
      {owned_by("apps/v1", "DaemonSet", "agent"), "agent", "k8s.daemonset.name=agent"},
      {owned_by("batch/v1", "Job", "report-29384720"), "report",
       "k8s.job.name=report-29384720,k8s.cronjob.name=report"},
      {owned_by("batch/v1", "Job", "migrate-2"), "migrate-2", "k8s.job.name=migrate-2"},
      {owned_by("v1", "ReplicationController", "old"), "old", "k8s.replicationcontroller.name=old"},
      {owned_by("batch.volcano.sh/v1alpha1", "Job", "mpi-12345678"), "checkout-7d9-abc", ""},
  };
  for (const auto& [metadata, service, attributes] : cases) {
    const auto run = environment(pod_with({}, metadata), defaults());
    EXPECT_EQ(run.at("OTEL_SERVICE_NAME"), service) << metadata;
    EXPECT_THAT(run.at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr(attributes)) << metadata;
  }
}

TEST(OwnerNames, OfATemplateAreItsControllers) {
  inject::Options options;
  options.base = "/spec/template";
  options.owner = {"CronJob", "report"};
  const json pod_template = pod_with({}, json::object());
  const auto injection = run_inject(pod_template.dump(), defaults(), options);
  ASSERT_TRUE(injection);
  const json patched = apply_patch({{"spec", {{"template", pod_template}}}}, json::parse(injection->patch));
  const auto run = run_environment(patched["spec"]["template"]["spec"]["containers"][0], pod_fields());
  EXPECT_EQ(run.at("OTEL_SERVICE_NAME"), "report");
  EXPECT_THAT(run.at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("k8s.cronjob.name=report"));
}

TEST(ServiceName, FollowsItsSources) {
  using From = policy::ServiceName::From;
  const json labels = {{"app", "app-label"},
                       {"app.kubernetes.io/name", "known-name"},
                       {"app.kubernetes.io/instance", "known-instance"},
                       {"team", "pay"}};
  const json with_canonical = {{"service.istio.io/canonical-name", "canonical"}, {"app", "app-label"}};
  struct Case {
    policy::ServiceName rule;
    json labels;
    const char* name;
  };
  const Case cases[] = {
      {{From::kAuto, "", "", false}, labels, "db"},
      {{From::kAuto, "", "", true}, labels, "known-instance"},
      {{From::kCanonical, "", "", false}, with_canonical, "canonical"},
      {{From::kCanonical, "", "", false}, labels, "known-name"},
      {{From::kCanonical, "", "", false}, {{"app", "app-label"}}, "app-label"},
      {{From::kCanonical, "", "", false}, json::object(), "db"},
      {{From::kLabel, "team", "", false}, labels, "pay"},
      {{From::kLabel, "absent", "", false}, labels, "db"},
      {{From::kValue, "", "stated", false}, labels, "stated"},
  };
  for (const auto& [rule, pod_labels, name] : cases) {
    auto settings = defaults();
    settings.service_name = rule;
    json pod = pod_with({}, owned_by("apps/v1", "StatefulSet", "db", pod_labels));
    EXPECT_EQ(environment(pod, settings).at("OTEL_SERVICE_NAME"), name);
    pod["metadata"]["annotations"] = {{"resource.opentelemetry.io/service.name", "annotated"}};
    EXPECT_EQ(environment(pod, settings).at("OTEL_SERVICE_NAME"), "annotated") << "the annotation is over the policy";
  }
}

TEST(ServiceVersion, IsTheImagesTagAndDigest) {
  const std::pair<const char*, const char*> cases[] = {
      {"registry:5000/shop/checkout:1.4", "service.version=1.4,"},
      {"checkout@sha256:abc", "service.version=sha256:abc,"},
      {"r/checkout:2@sha256:abc", "service.version=2@sha256:abc,"},
  };
  for (const auto& [image, attribute] : cases) {
    EXPECT_THAT(environment(pod_with({{"image", image}}), defaults()).at("OTEL_RESOURCE_ATTRIBUTES"),
                HasSubstr(attribute));
  }
  for (const char* image : {"checkout", "registry:5000/checkout", ""}) {
    EXPECT_THAT(environment(pod_with({{"image", image}}), defaults()).at("OTEL_RESOURCE_ATTRIBUTES"),
                Not(HasSubstr("service.version")));
  }
  auto settings = defaults();
  const auto labelled = pod_with({}, {{"labels", {{"app.kubernetes.io/version", "7"}}}});
  EXPECT_THAT(environment(labelled, settings).at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("service.version=1.4"));
  settings.service_name.use_well_known_labels = true;
  EXPECT_THAT(environment(labelled, settings).at("OTEL_RESOURCE_ATTRIBUTES"), HasSubstr("service.version=7"));
}

}  // namespace
}  // namespace meshtrace::test
