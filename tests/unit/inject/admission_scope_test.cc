// Whether the rendered scopes cover exactly what the index answers for: each pod by at most one of them.
#include "core/inject/admission_scope.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/inject/admission_policy.h"
#include "core/inject/cel.h"

namespace meshtrace::inject {
namespace {

using policy::TracingPolicy;

TracingPolicy make(const std::string& ns, const std::string& name, AdmissionScope::MatchLabels labels = {},
                   const std::string& created = "") {
  TracingPolicy made;
  made.ns = ns;
  made.name = name;
  made.match_labels = std::move(labels);
  made.creation_timestamp = created;
  made.spec = {{"workload", {{"resourceAttributes", {{"from", name}}}}}};
  return made;
}

// What the API server does with matchConstraints and matchConditions.
bool covers(const AdmissionScope& scope, const std::string& ns, const policy::Labels& labels) {
  const bool in_namespace =
      scope.ns.empty() ? std::count(scope.excluded_namespaces.begin(), scope.excluded_namespaces.end(), ns) == 0
                       : scope.ns == ns;
  return in_namespace && policy::matches(scope.match_labels, labels) &&
         std::none_of(scope.claimed.begin(), scope.claimed.end(), [&](const auto& claimed) {
           return claimed.ns == ns && policy::matches(claimed.match_labels, labels);
         });
}

TEST(AdmissionScopes, CoverEachPodAsTheIndexDoes) {
  std::vector<TracingPolicy> policies{
      make("istio-system", "mesh"),
      make("team", "all"),
      make("team", "app", {{"app", "a"}}, "2026-01-01T00:00:00Z"),
      make("team", "tier", {{"tier", "t"}}, "2025-01-01T00:00:00Z"),
      make("team", "both", {{"app", "a"}, {"tier", "t"}}),
      make("shop", "only", {{"app", "a"}}),
      make("kube-system", "excluded"),
      make("quiet", "audited"),
  };
  policies.back().mode = policy::Mode::kAudit;
  const std::vector<policy::Labels> label_sets{
      {}, {{"app", "a"}}, {{"tier", "t"}}, {{"app", "a"}, {"tier", "t"}}, {{"app", "b"}}};
  // Also without the mesh's policy, without the namespace's, and so on.
  for (unsigned chosen = 0; chosen < 1u << policies.size(); ++chosen) {
    std::vector<TracingPolicy> some;
    for (std::size_t i = 0; i < policies.size(); ++i) {
      if ((chosen >> i & 1) != 0) some.push_back(policies[i]);
    }
    const policy::Index index(some, "istio-system");
    const auto scopes = admission_scopes(index);
    for (const char* ns : {"team", "shop", "other", "kube-system", "istio-system", "quiet"}) {
      for (const policy::Labels& labels : label_sets) {
        const auto expected = index.find(ns, labels);
        std::vector<const AdmissionScope*> covering;
        for (const AdmissionScope& scope : scopes) {
          if (covers(scope, ns, labels)) covering.push_back(&scope);
        }
        ASSERT_EQ(covering.size(), expected.effective == nullptr ? 0u : 1u) << ns << " of " << chosen;
        if (expected.effective != nullptr) {
          EXPECT_EQ(covering[0]->settings->hash, expected.effective->injection.hash);
        }
      }
    }
  }
}

TEST(AdmissionScopes, LeaveOutWhatTouchesNoPod) {
  TracingPolicy proxy = make("istio-system", "mesh");
  proxy.spec = {{"proxy", {{"tracingProvider", "otel"}}}};
  EXPECT_TRUE(admission_scopes(policy::Index({proxy}, "istio-system")).empty());
}

TEST(AdmissionPolicies, AreAPolicyAndItsBindingByTheTracingPolicysName) {
  const auto documents = admission_policies(policy::Index({make("team", "all")}, "istio-system"));
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2u);
  EXPECT_EQ((*documents)[0]["metadata"]["name"], "meshtrace.team.all");
  EXPECT_EQ((*documents)[1]["spec"]["policyName"], "meshtrace.team.all");
  EXPECT_EQ((*documents)[0]["spec"]["failurePolicy"], "Ignore");
}

TEST(AdmissionPolicies, RefuseANameThatWouldBeTooLong) {
  const auto documents = admission_policies(policy::Index({make("team", std::string(250, 'a'))}, "istio-system"));
  ASSERT_FALSE(documents);
  EXPECT_NE(documents.error().what.find("over 253 characters"), std::string::npos);
}

TEST(Cel, LiteralsEscapeWhatWouldEndThem) {
  EXPECT_EQ(cel::literal("it's a \\ "), "'it\\'s a \\\\ '");
  EXPECT_EQ(cel::literal("a\nb\x7f"), "'a\\u000ab\\u007f'");
  EXPECT_EQ(cel::literals({"a", "b'"}), "['a', 'b\\'']");
  EXPECT_EQ(cel::literals({}), "[]");
}

TEST(Cel, GlobsBecomePatternsOfTheSameNames) {
  EXPECT_EQ(cel::glob_pattern("debug-?"), "^debug-.$");
  EXPECT_EQ(cel::glob_pattern("a.b*[c]"), "^a\\.b.*\\[c\\]$");
}

}  // namespace
}  // namespace meshtrace::inject
