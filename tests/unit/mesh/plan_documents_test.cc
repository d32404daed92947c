// The EnvoyFilters and Telemetries that policies come to, whole.
#include <gmock/gmock.h>

#include "core/mesh/document.h"
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

constexpr const char* kManager =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
constexpr std::string_view kWithOtel = R"(extensionProviders:
- name: otel
  opentelemetry: {service: otel-collector.observability.svc.cluster.local, port: 4317}
defaultProviders:
  tracing: [otel]
)";

Plan plan_of(std::vector<policy::TracingPolicy> policies, Facts facts = facts_with(std::string(kWithOtel))) {
  return make_plan(policy::Index(std::move(policies), kRoot), facts);
}

json spec_of(const Plan& plan, std::string_view kind, std::string_view name) {
  for (const json& document : plan.documents) {
    if (document["kind"] == kind && document["metadata"]["name"] == name) return document["spec"];
  }
  return nullptr;
}

// The connection manager's settings in the patch for a context, without "@type".
json merged(const json& spec, std::string_view context) {
  for (const json& patch : spec.value("configPatches", json::array())) {
    if (patch["match"]["context"] != context) continue;
    json config = patch["patch"]["value"]["typed_config"];
    EXPECT_EQ(config["@type"], kManager);
    config.erase("@type");
    return config;
  }
  return nullptr;
}

TEST(PlanDocuments, AnEnvoyFilterIsWholeSoThatItCanBeApplied) {
  const Plan plan = plan_of({policy_of("shop", "checkout", R"({
    "selector": {"matchLabels": {"app": "checkout"}},
    "proxy": {"headers": {"maxRequestHeadersKb": 96, "maxRequestHeadersCount": 200}}})")});
  ASSERT_EQ(plan.documents.size(), 1u);
  EXPECT_EQ(plan.documents[0], json::parse(R"({
    "apiVersion": "networking.istio.io/v1alpha3",
    "kind": "EnvoyFilter",
    "metadata": {
      "name": "meshtrace-checkout",
      "namespace": "shop",
      "labels": {"app.kubernetes.io/managed-by": "meshtrace-controller", "app.kubernetes.io/part-of": "meshtrace"},
      "annotations": {"meshtrace.io/policy": "shop/checkout"},
      "ownerReferences": [{"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy", "name": "checkout",
                           "uid": "uid-of-checkout", "controller": true}]
    },
    "spec": {
      "priority": 1000,
      "workloadSelector": {"labels": {"app": "checkout"}},
      "configPatches": [{
        "applyTo": "NETWORK_FILTER",
        "match": {"context": "ANY", "listener": {"filterChain": {"filter": {
          "name": "envoy.filters.network.http_connection_manager"}}}},
        "patch": {"operation": "MERGE", "value": {
          "name": "envoy.filters.network.http_connection_manager",
          "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "max_request_headers_kb": 96,
            "common_http_protocol_options": {"max_headers_count": 200}}}}
      }]
    }})"));
}

TEST(PlanDocuments, NarrowerAndOlderFiltersAreMergedLater) {
  constexpr std::string_view kSize = R"({"proxy": {"headers": {"maxRequestHeadersKb": 96}}})";
  constexpr std::string_view kA =
      R"({"selector": {"matchLabels": {"a": "1"}}, "proxy": {"headers": {"maxRequestHeadersKb": 64}}})";
  constexpr std::string_view kB =
      R"({"selector": {"matchLabels": {"b": "1"}}, "proxy": {"headers": {"maxRequestHeadersKb": 65}}})";
  const Plan plan = plan_of({policy_of(kRoot, "mesh", kSize), policy_of("shop", "all", kSize),
                             policy_of("shop", "older", kA, "2026-05-01T10:00:00Z"),
                             policy_of("shop", "younger", kB, "2026-05-02T10:00:00Z")});
  const auto priority = [&](const char* name) { return spec_of(plan, "EnvoyFilter", name).value("priority", 0); };
  EXPECT_LT(priority("meshtrace-mesh"), priority("meshtrace-all"));
  EXPECT_LT(priority("meshtrace-all"), priority("meshtrace-younger"));
  EXPECT_LT(priority("meshtrace-younger"), priority("meshtrace-older"));
}

TEST(PlanDocuments, ANarrowerPolicyWritesOnlyWhatItStates) {
  const Plan plan = plan_of({policy_of(kRoot, "mesh", R"({"proxy": {"headers": {
                               "maxRequestHeadersKb": 96, "invalidTraceparent": "Remove", "maxBaggageBytes": 8192}}})"),
                             policy_of("shop", "all", R"({"proxy": {"headers": {"maxRequestHeadersCount": 200}}})"),
                             policy_of("cart", "all", R"({"workload": {"podIdentity": true}})")});
  EXPECT_EQ(merged(spec_of(plan, "EnvoyFilter", "meshtrace-all"), "ANY"),
            json::parse(R"({"common_http_protocol_options": {"max_headers_count": 200}})"));
  EXPECT_EQ(merged(spec_of(plan, "EnvoyFilter", "meshtrace-all"), "GATEWAY"), nullptr);
  EXPECT_EQ(plan.documents.size(), 2u);
}

TEST(PlanDocuments, TheRulesAreOneListAtGatewaysOrEverywhere) {
  constexpr std::string_view kRules =
      R"("invalidTraceparent": "Remove", "duplicateContext": "PreferW3C", "maxBaggageBytes": 8192)";
  const json at_gateways =
      spec_of(plan_of({policy_of(kRoot, "mesh", R"({"proxy": {"headers": {)" + std::string(kRules) + "}}}")}),
              "EnvoyFilter", "meshtrace-mesh");
  EXPECT_EQ(merged(at_gateways, "ANY"), nullptr);
  EXPECT_EQ(merged(at_gateways, "GATEWAY")["early_header_mutation_extensions"].size(), 1u);
  const json everywhere = spec_of(
      plan_of(
          {policy_of(kRoot, "mesh", R"({"proxy": {"headers": {"appliesTo": "All",)" + std::string(kRules) + "}}}")}),
      "EnvoyFilter", "meshtrace-mesh");
  EXPECT_EQ(merged(everywhere, "ANY")["early_header_mutation_extensions"].size(), 1u);
  EXPECT_EQ(merged(everywhere, "GATEWAY"), nullptr);
}

TEST(PlanDocuments, KeepIsNoRule) {
  EXPECT_THAT(plan_of({policy_of(kRoot, "mesh", R"({"proxy": {"headers": {
                "invalidTraceparent": "Keep", "duplicateContext": "Keep"}}})")})
                  .documents,
              IsEmpty());
}

TEST(PlanDocuments, PreservingRequestIdsIsForGateways) {
  const Plan plan =
      plan_of({policy_of(kRoot, "mesh", R"({"proxy": {"headers": {"preserveExternalRequestId": true}}})"),
               policy_of("shop", "all", R"({"proxy": {"headers": {"preserveExternalRequestId": false}}})"),
               policy_of("cart", "all", R"({"proxy": {"headers": {"preserveExternalRequestId": true}}})")});
  EXPECT_EQ(merged(spec_of(plan, "EnvoyFilter", "meshtrace-mesh"), "GATEWAY"),
            json::parse(R"({"preserve_external_request_id": true})"));
  EXPECT_EQ(shown(plan, {"shop", "all"}, "Programmed"), "False NotPossible");
  EXPECT_EQ(shown(plan, {"cart", "all"}, "Programmed"), "False Pending");
}

TEST(PlanDocuments, OlderProxiesGetNoRulesAndTheStatusSaysWhy) {
  Facts facts = facts_with(std::string(kWithOtel));
  facts.proxy = Version{1, 25, 0};
  const std::vector<policy::TracingPolicy> policies{policy_of(
      kRoot, "mesh", R"({"proxy": {"headers": {"invalidTraceparent": "Remove", "maxRequestHeadersKb": 96}}})")};
  const Plan plan = plan_of(policies, facts);
  EXPECT_EQ(merged(spec_of(plan, "EnvoyFilter", "meshtrace-mesh"), "ANY"),
            json::parse(R"({"max_request_headers_kb": 96})"));
  EXPECT_EQ(shown(plan, {kRoot, "mesh"}, "ResolvedRefs"), "False UnsupportedVersion");
  EXPECT_EQ(shown(plan, {kRoot, "mesh"}, "Programmed"), "False RefsNotResolved");
  facts.proxy = Version{1, 26, 0};
  EXPECT_EQ(shown(plan_of(policies, facts), {kRoot, "mesh"}, "ResolvedRefs"), "True ResolvedRefs");
}

TEST(PlanDocuments, LongNamesAreCutAndStayApart) {
  const std::string shared(245, 'a');
  const std::string one = document_name(shared + "-1");
  const std::string other = document_name(shared + "-2");
  EXPECT_LE(one.size(), 253u);
  EXPECT_NE(one, other);
  EXPECT_EQ(document_name("checkout"), "meshtrace-checkout");
}

TEST(PlanDocuments, SdkAsOwnerTakesTracingOutOfProxies) {
  const Plan plan = plan_of({policy_of(kRoot, "mesh", R"({"sampling": {"owner": "SDK", "percentage": 10}})")});
  ASSERT_EQ(plan.documents.size(), 1u);
  EXPECT_EQ(spec_of(plan, "Telemetry", "meshtrace-mesh"),
            json::parse(R"({"tracing": [{"disableSpanReporting": true}]})"));
}

TEST(PlanDocuments, ProxyAsOwnerSamplesAtGatewaysAndFollowsInside) {
  Mesh mesh(facts_with(std::string(kWithOtel)));
  mesh.policies = {policy_of(kRoot, "mesh", R"({"sampling": {"owner": "Proxy", "percentage": 12.5}})")};
  const Plan first = mesh.plan();
  EXPECT_EQ(merged(spec_of(first, "EnvoyFilter", "meshtrace-mesh"), "GATEWAY"),
            json::parse(R"({"tracing": {"random_sampling": {"value": 12.5}}})"));
  EXPECT_EQ(spec_of(first, "Telemetry", "meshtrace-mesh")["tracing"][0]["randomSamplingPercentage"], 12.5)
      << "100 % may not reach gateways before their filter stands";
  const Plan last = mesh.settle();
  EXPECT_EQ(spec_of(last, "Telemetry", "meshtrace-mesh"),
            json::parse(R"({"tracing": [{"disableSpanReporting": false, "randomSamplingPercentage": 100}]})"));
  EXPECT_EQ(shown(last, {kRoot, "mesh"}, "Programmed"), "True Programmed");
}

TEST(PlanDocuments, ZeroPercentIsAValueThatAMergeDoesNotTakeForAbsent) {
  const Plan plan = plan_of({policy_of(kRoot, "mesh", R"({"sampling": {"owner": "Proxy", "percentage": 0}})")});
  EXPECT_EQ(merged(spec_of(plan, "EnvoyFilter", "meshtrace-mesh"), "GATEWAY"),
            json::parse(R"({"tracing": {"random_sampling": {"value": 0.001}}})"));
}

TEST(PlanDocuments, EverythingSampledNeedsNoFilter) {
  const Plan plan = plan_of({policy_of(kRoot, "mesh", R"({"sampling": {"owner": "Proxy", "percentage": 100}})")});
  ASSERT_EQ(plan.documents.size(), 1u);
  EXPECT_EQ(plan.documents[0]["kind"], "Telemetry");
}

TEST(PlanDocuments, WithoutSamplingOrProviderTracingIsNotTouched) {
  EXPECT_THAT(plan_of({policy_of(kRoot, "mesh", R"({"workload": {"podIdentity": true}})")}).documents, IsEmpty());
}

TEST(PlanDocuments, ATracingProviderIsNamedWhereItResolves) {
  const std::vector<policy::TracingPolicy> policies{
      policy_of("shop", "all", R"({"proxy": {"tracingProvider": "OTEL"}})")};
  EXPECT_EQ(spec_of(plan_of(policies), "Telemetry", "meshtrace-all"),
            json::parse(R"({"tracing": [{"providers": [{"name": "OTEL"}]}]})"));

  const Plan unknown = plan_of({policy_of("shop", "all", R"({"proxy": {"tracingProvider": "jaeger"}})")});
  EXPECT_THAT(unknown.documents, IsEmpty());
  EXPECT_EQ(shown(unknown, {"shop", "all"}, "ResolvedRefs"), "False ProviderNotFound");

  Facts facts = facts_with(std::string(kWithOtel));
  facts.services["observability/otel-collector"] = false;
  const Plan without_service = plan_of(policies, facts);
  EXPECT_THAT(without_service.documents, IsEmpty());
  EXPECT_EQ(shown(without_service, {"shop", "all"}, "ResolvedRefs"), "False ServiceNotFound");
  facts.services["observability/otel-collector"] = true;
  EXPECT_EQ(shown(plan_of(policies, facts), {"shop", "all"}, "ResolvedRefs"), "True ResolvedRefs");
}

TEST(PlanDocuments, ProxyAsOwnerWithoutAnyProviderIsAReason) {
  const Plan plan = plan_of({policy_of(kRoot, "mesh", R"({"sampling": {"owner": "Proxy", "percentage": 10}})")},
                            facts_with("rootNamespace: istio-system\n"));
  EXPECT_THAT(plan.documents, IsEmpty());
  EXPECT_EQ(shown(plan, {kRoot, "mesh"}, "ResolvedRefs"), "False ProviderNotFound");
}

TEST(PlanDocuments, AnotherTelemetryOfTheScopeGoesBeforeOurs) {
  struct Case {
    const char* what;
    json telemetry;
    bool rivals;
  };
  const Case cases[] = {
      {"same namespace", test::telemetry("shop", "theirs", R"({"metrics": []})"), true},
      {"same selector", test::telemetry("shop", "theirs", R"({"selector": {"matchLabels": {"app": "x"}}})"), false},
      {"with targets", test::telemetry("shop", "theirs", R"({"targetRefs": [{"kind": "Gateway", "name": "g"}]})"),
       false},
      {"another namespace", test::telemetry("cart", "theirs", "{}"), false},
      {"the root namespace", test::telemetry(kRoot, "theirs", "{}"), false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    Facts facts = facts_with(std::string(kWithOtel));
    facts.telemetries = {one.telemetry};
    const Plan plan = plan_of({policy_of("shop", "all", R"({"proxy": {"tracingProvider": "otel"}})")}, facts);
    EXPECT_EQ(plan.documents.empty(), one.rivals);
    if (!one.rivals) continue;
    EXPECT_EQ(shown(plan, {"shop", "all"}, "Programmed"), "False ConflictingTelemetry");
    EXPECT_THAT(
        condition(plan, {"shop", "all"}, "Programmed").message,
        HasSubstr(R"(Telemetry shop/theirs has the same scope, and Istio would ignore one of the two, so ours is )"
                  R"(not written: add to its spec {"tracing":[{"providers":[{"name":"otel"}]}]})"));
    facts.telemetries[0]["spec"] = json::parse(R"({"tracing": [{"providers": [{"name": "otel"}], "customTags": {}}]})");
    EXPECT_EQ(shown(plan_of({policy_of("shop", "all", R"({"proxy": {"tracingProvider": "otel"}})")}, facts),
                    {"shop", "all"}, "Programmed"),
              "True Programmed")
        << "they have added it";
  }
}

TEST(PlanDocuments, OursGivesWayToATelemetryThatComesLater) {
  Mesh mesh(facts_with(std::string(kWithOtel)));
  mesh.policies = {policy_of("shop", "all", R"({"proxy": {"tracingProvider": "otel"}})")};
  mesh.settle();
  mesh.facts.telemetries.push_back(test::telemetry("shop", "theirs", "{}", "2026-06-01T00:00:00Z"));
  const Plan plan = mesh.plan();
  EXPECT_THAT(plan.obsolete, testing::ElementsAre(ObjectRef{"Telemetry", "shop", "meshtrace-all"}));
}

TEST(PlanDocuments, AnAccessLogKeepsWhatOthersSendElsewhere) {
  constexpr std::string_view kW3c = R"({"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})";
  Facts facts = facts_with(R"(extensionProviders:
- name: als
  envoyOtelAls: {service: als.observability.svc, port: 4317}
- name: files
  envoyFileAccessLog: {path: /var/log/access}
defaultProviders:
  accessLogging: [envoy, als]
)");
  facts.telemetries = {test::telemetry("shop", "labelled", R"({"selector": {"matchLabels": {"x": "y"}}})")};
  Mesh mesh(facts);
  mesh.policies = {policy_of("shop", "all", kW3c)};
  mesh.settle();
  json logging = (*mesh.document("Telemetry", "meshtrace-all"))["spec"]["accessLogging"];
  const std::string ours = logging[0]["providers"][0]["name"];
  EXPECT_THAT(ours, testing::StartsWith("meshtrace-"));
  EXPECT_EQ(logging, json::array({{{"providers", {{{"name", ours}}}}}, {{"providers", {{{"name", "als"}}}}}}))
      << "envoy writes to the file that ours writes to";

  mesh.facts.telemetries.push_back(test::telemetry(kRoot, "default", R"({"accessLogging": [
      {"providers": [{"name": "files"}], "filter": {"expression": "response.code >= 400"}},
      {"match": {"mode": "CLIENT"}, "providers": [{"name": "envoy"}]}]})"));
  mesh.settle();
  logging = (*mesh.document("Telemetry", "meshtrace-all"))["spec"]["accessLogging"];
  EXPECT_EQ(logging[1],
            json::parse(R"({"providers": [{"name": "files"}], "filter": {"expression": "response.code >= 400"}})"));
  EXPECT_EQ(logging.size(), 2u);
}

TEST(PlanDocuments, NothingOfAKindThatIsNotServed) {
  Facts facts = facts_with(std::string(kWithOtel));
  facts.missing_kinds = {"EnvoyFilter", "Telemetry"};
  const Plan plan = plan_of({policy_of(kRoot, "mesh", R"({"sampling": {"owner": "SDK", "percentage": 10},
                                         "proxy": {"headers": {"maxRequestHeadersKb": 96}}})")},
                            facts);
  EXPECT_THAT(plan.documents, IsEmpty());
  EXPECT_EQ(shown(plan, {kRoot, "mesh"}, "ResolvedRefs"), "False KindNotServed");
}

TEST(PlanDocuments, ARefusedDocumentIsDeletedAndARevertedOneLeftAlone) {
  for (const char* state : {kStateRejected, kStateReverted}) {
    SCOPED_TRACE(state);
    Mesh mesh(facts_with(std::string(kWithOtel)));
    mesh.policies = {policy_of(kRoot, "mesh", R"({"proxy": {"headers": {"maxRequestHeadersKb": 96}}})")};
    mesh.settle();
    mesh.facts.recorded[{kRoot, "mesh"}][0].state = state;
    const Plan plan = mesh.plan();
    EXPECT_THAT(plan.documents, IsEmpty());
    EXPECT_EQ(plan.obsolete.size(), state == kStateRejected ? 1u : 0u);
    EXPECT_EQ(shown(plan, {kRoot, "mesh"}, "Programmed"), std::string("False ") + state);
    EXPECT_EQ(plan.outcomes.at({kRoot, "mesh"}).targets[0].state, state);
  }
}

TEST(PlanDocuments, ARefusedProviderLeavesTheTelemetryAndThenTheText) {
  Mesh mesh(facts_with(std::string(kWithOtel)));
  mesh.policies = {policy_of("shop", "all", R"({"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}})")};
  mesh.settle();
  for (Target& target : mesh.facts.recorded[{"shop", "all"}]) {
    if (target.kind == "ConfigMap") target.state = kStateRejected;
  }
  mesh.settle();
  EXPECT_EQ(mesh.facts.config_maps[0].text, kWithOtel);
  EXPECT_THAT(mesh.facts.telemetries, IsEmpty());
}

}  // namespace
}  // namespace meshtrace::mesh
