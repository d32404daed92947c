#include "core/policy/decode.h"

#include <gmock/gmock.h>

#include "core/policy/findings.h"
#include "tests/unit/policy/support.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;
using test::decoded;
using test::text_of;
using testing::HasSubstr;

TEST(PolicyDecode, KeepsIdentityAndLeavesOnlyWhatInherits) {
  json object = test::object_of("shop", "checkout", json::parse(R"({
    "mode": "Audit", "selector": {"matchLabels": {"app": "checkout"}},
    "sampling": {"owner": "SDK", "percentage": 10.0}, "workload": {"podIdentity": null}})"));
  object["metadata"].update({{"uid", "u"},
                             {"resourceVersion", "7"},
                             {"generation", 3},
                             {"creationTimestamp", "2026-05-01T10:00:00Z"},
                             {"annotations", {{"a", "b"}}}});
  object["status"] = {{"observedGeneration", 2}};
  const Decoded result = decode(object, {});
  ASSERT_TRUE(result.policy) << text_of(result.errors);
  const TracingPolicy& policy = *result.policy;
  EXPECT_EQ(policy.ns, "shop");
  EXPECT_EQ(policy.name, "checkout");
  EXPECT_EQ(policy.uid, "u");
  EXPECT_EQ(policy.resource_version, "7");
  EXPECT_EQ(policy.generation, 3);
  EXPECT_EQ(policy.creation_timestamp, "2026-05-01T10:00:00Z");
  EXPECT_EQ(policy.mode, Mode::kAudit);
  EXPECT_EQ(policy.match_labels, (std::map<std::string, std::string>{{"app", "checkout"}}));
  EXPECT_EQ(policy.spec.dump(), R"({"sampling":{"owner":"SDK","percentage":10},"workload":{}})");
}

TEST(PolicyDecode, KnowsAPolicyThatIsBeingDeleted) {
  json object = test::object_of("shop", "checkout", json::object());
  EXPECT_FALSE(decode(object, {}).policy->deleting);
  object["metadata"]["deletionTimestamp"] = "2026-05-01T10:00:00Z";
  EXPECT_TRUE(decode(object, {}).policy->deleting);
}

TEST(PolicyDecode, PutsAnObjectWithoutNamespaceIntoTheDefaultOne) {
  json object = test::object_of("", "p", json::object());
  object["metadata"].erase("namespace");
  EXPECT_EQ(decode(object, {}).policy->ns, "default");
  EXPECT_EQ(decode(object, {.default_namespace = "shop"}).policy->ns, "shop");
}

TEST(PolicyDecode, NamesTheNearestMatchOfAMisspeltField) {
  const struct {
    const char* spec;
    const char* path;
    const char* says;
  } cases[] = {
      {R"({"samplng": {}})", "spec.samplng", R"(did you mean "sampling"?)"},
      {R"({"sampling": {"owner": "SDK", "percentage": 1, "percantage": 1}})", "spec.sampling.percantage",
       R"(did you mean "percentage"?)"},
      {R"({"workload": {"Propagators": ["none"]}})", "spec.workload.Propagators", R"(did you mean "propagators"?)"},
      {R"({"propagators": ["none"]})", "spec.propagators", "it belongs at spec.workload.propagators"},
      {R"({"selector": {"matchExpressions": []}})", "spec.selector.matchExpressions",
       R"(allowed here are "matchLabels")"},
      {R"({"workload.podIdentity": true})", "spec.workload.podIdentity", R"(allowed here are "mode", "selector")"},
  };
  for (const auto& one : cases) {
    const Decoded result = decoded("shop", one.spec);
    ASSERT_EQ(result.errors.size(), 1u) << one.spec << text_of(result.errors);
    EXPECT_EQ(result.errors[0].path, one.path);
    EXPECT_THAT(result.errors[0].message, HasSubstr("Unknown field"));
    EXPECT_THAT(result.errors[0].message, HasSubstr(one.says));
  }
}

TEST(PolicyDecode, WarnsOfUnknownFieldsOfAStoredObjectAndLeavesThemOut) {
  const Decoded result = decoded("shop", R"({"workload": {"podIdentity": true, "ofTheFuture": 1}})",
                                 {.unknown_fields = DecodeOptions::UnknownFields::kWarn});
  ASSERT_TRUE(result.policy) << text_of(result.errors);
  EXPECT_EQ(result.policy->spec.dump(), R"({"workload":{"podIdentity":true}})");
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0].path, "spec.workload.ofTheFuture");
}

TEST(PolicyDecode, GivesAllErrorsAtOnce) {
  const Decoded result = decoded("shop", R"({
    "mode": "X", "sampling": {"owner": "Y"}, "workload": {"propagators": ["a b"], "sdkDisabled": 1},
    "proxy": {"headers": {"maxBaggageBytes": 1}}})");
  std::vector<std::string> paths;
  for (const FieldError& error : result.errors) paths.push_back(error.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre("spec.mode", "spec.sampling.owner", "spec.sampling.percentage",
                                                   "spec.workload.propagators[0]", "spec.workload.sdkDisabled",
                                                   "spec.proxy.headers.maxBaggageBytes"));
}

TEST(PolicyDecode, BoundsTheNumberOfErrorsAndTheirLength) {
  json spec = json::object();
  for (int i = 0; i < 1000; ++i) spec[std::string(500, 'x') + std::to_string(i)] = 1;
  const Decoded result = decode(test::object_of("shop", "p", spec), {});
  ASSERT_EQ(result.errors.size(), kMaxFindings + 1);
  EXPECT_EQ(result.errors.back().message, "and 950 more");
  for (const FieldError& error : result.errors) EXPECT_LT(error.path.size() + error.message.size(), 300u);
}

TEST(PolicyDecode, NeverCutsACharacterInTwo) {
  std::string text = "x";
  for (int i = 0; i < 200; ++i) text += "é";
  const Decoded result = decode(test::object_of("shop", "p", {{text, 1}, {"mode", text}}), {});
  ASSERT_EQ(result.errors.size(), 2u);
  // dump() throws on invalid UTF-8.
  for (const FieldError& error : result.errors) EXPECT_NO_THROW((void)json({error.path, error.message}).dump());
}

TEST(PolicyDecode, RefusesWhatIsNoTracingPolicyOfThisVersion) {
  const auto with = [](const char* member, const json& value) {
    json object = test::object_of("shop", "p", json::object());
    object[member] = value;
    return text_of(decode(object, {}).errors);
  };
  EXPECT_THAT(with("apiVersion", "meshtrace.io/v1"),
              HasSubstr(R"(apiVersion: Unsupported value: "meshtrace.io/v1": this version of meshtrace reads only )"
                        R"(meshtrace.io/v1alpha1)"));
  EXPECT_THAT(with("apiVersion", "v1"), HasSubstr("must be meshtrace.io/v1alpha1"));
  EXPECT_THAT(with("kind", "Telemetry"), HasSubstr("kind: Unsupported value"));
  EXPECT_THAT(with("metadata", nullptr), HasSubstr("metadata: Required value"));
  EXPECT_THAT(with("metadata", {{"name", "A_b"}}), HasSubstr("metadata.name: Invalid value"));
  EXPECT_THAT(with("metadata", json::object()), HasSubstr("metadata.name: Required value"));
  EXPECT_THAT(with("metadata", {{"name", "a"}, {"namespace", "a.b"}}), HasSubstr("metadata.namespace: Invalid value"));
  EXPECT_THAT(with("metadata", {{"name", "a"}, {"creationTimestamp", "2026-05-01T10:00:00+02:00"}}),
              HasSubstr("metadata.creationTimestamp: Invalid value"));
  EXPECT_THAT(with("spec", nullptr), HasSubstr("spec: Required value"));
  EXPECT_THAT(with("spec", "x"), HasSubstr("spec: Invalid value: \"x\": must be an object"));
  EXPECT_THAT(with("specs", 1), HasSubstr("specs: Unknown field"));
  for (const json& odd : {json(), json(1), json::array({1}), json("x")}) {
    EXPECT_THAT(text_of(decode(odd, {}).errors), HasSubstr("is no Kubernetes object"));
  }
}

TEST(PolicyDecode, KnowsATracingPolicyByGroupAndKind) {
  EXPECT_TRUE(is_tracing_policy({{"apiVersion", "meshtrace.io/v9"}, {"kind", "TracingPolicy"}}));
  EXPECT_FALSE(is_tracing_policy({{"apiVersion", "meshtrace.io/v1alpha1"}, {"kind", "Other"}}));
  EXPECT_FALSE(is_tracing_policy({{"apiVersion", "example.com/v1"}, {"kind", "TracingPolicy"}}));
  EXPECT_FALSE(is_tracing_policy({{"kind", "TracingPolicy"}}));
  EXPECT_FALSE(is_tracing_policy(json::array()));
}

TEST(PolicyDecode, TakesTheRootNamespaceFromItsOptions) {
  const char* spec = R"({"proxy": {"headers": {"maxBaggageBytes": 8192}}})";
  EXPECT_TRUE(decoded("mesh", spec, {.root_namespace = "mesh"}).policy);
  EXPECT_THAT(text_of(decoded("istio-system", spec, {.root_namespace = "mesh"}).errors), HasSubstr("(mesh)"));
}

TEST(PolicyDecode, WarnsOfAPolicyThatCannotDoAnything) {
  EXPECT_THAT(text_of(decoded("kube-system", R"({"workload": {}})").warnings), HasSubstr("never covered"));
  EXPECT_THAT(text_of(decoded("shop", R"({"mode": "Audit"})").warnings), HasSubstr("states nothing"));
}

}  // namespace
}  // namespace meshtrace::policy
