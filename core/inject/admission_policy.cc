#include "core/inject/admission_policy.h"

#include <fmt/format.h>

#include <utility>

#include "core/inject/admission_patch.h"
#include "core/inject/admission_scope.h"
#include "core/inject/admission_variables.h"
#include "core/inject/cel.h"

namespace meshtrace::inject {
namespace {

using nlohmann::json;

constexpr const char* kApiVersion = "admissionregistration.k8s.io/v1";
constexpr const char* kNamespaceLabel = "kubernetes.io/metadata.name";  // set by the API server on every Namespace
constexpr std::size_t kMaxName = 253;                                   // of a cluster-scoped object, in characters

json expression(const char* key, const char* op, json values) {
  return {{"key", key}, {"operator", op}, {"values", std::move(values)}};
}

json match_constraints(const AdmissionScope& scope) {
  const json not_opted_out = expression(policy::kInjectLabel, "NotIn", {"false"});
  const json namespaces = scope.ns.empty() ? expression(kNamespaceLabel, "NotIn", scope.excluded_namespaces)
                                           : expression(kNamespaceLabel, "In", {scope.ns});
  json objects{{"matchExpressions", {not_opted_out}}};
  if (!scope.match_labels.empty()) objects["matchLabels"] = scope.match_labels;
  return {{"matchPolicy", "Equivalent"},
          {"namespaceSelector", {{"matchExpressions", {not_opted_out, namespaces}}}},
          {"objectSelector", objects},
          {"resourceRules",
           {{{"apiGroups", {""}},
             {"apiVersions", {"v1"}},
             {"operations", {"CREATE"}},
             {"resources", {"pods"}},
             {"scope", "*"}}}}};
}

// True for a pod that another scope claims. Its namespace is asked for only where this scope has several.
std::string claims(const AdmissionScope::Claimed& claimed, bool ask_namespace) {
  std::vector<std::string> tests;
  if (ask_namespace) tests.push_back("request.namespace == " + cel::literal(claimed.ns));
  for (const auto& [key, value] : claimed.match_labels) {
    tests.push_back(
        fmt::format("object.metadata.?labels[?{}] == optional.of({})", cel::literal(key), cel::literal(value)));
  }
  return fmt::format("({})", fmt::join(tests, " && "));
}

json match_conditions(const AdmissionScope& scope) {
  json conditions = json::array();
  conditions.push_back(
      {{"name", "not-a-mirror-pod"},
       {"expression",
        "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)"}});
  std::vector<std::string> others;
  for (const auto& claimed : scope.claimed) others.push_back(claims(claimed, scope.ns.empty()));
  if (!others.empty()) {
    conditions.push_back(
        {{"name", "not-of-another-tracingpolicy"}, {"expression", fmt::format("!({})", fmt::join(others, "\n  || "))}});
  }
  return conditions;
}

json mutations(const policy::InjectionSettings& settings) {
  json all = json::array();
  for (std::string& patch : admission_patches(settings)) {
    all.push_back({{"patchType", "JSONPatch"}, {"jsonPatch", {{"expression", std::move(patch)}}}});
  }
  return all;
}

json metadata(const std::string& name) {
  return {{"name", name}, {"labels", {{"app.kubernetes.io/name", "meshtrace"}}}};
}

}  // namespace

Result<std::vector<json>> admission_policies(const policy::Index& policies) {
  std::vector<json> documents;
  for (const AdmissionScope& scope : admission_scopes(policies)) {
    // A namespace's name has no dot, so no two policies give one name.
    const std::string name = fmt::format("meshtrace.{}.{}", scope.policy->ns, scope.policy->name);
    if (name.size() > kMaxName) {
      return fail(fmt::format("TracingPolicy {}/{}", scope.policy->ns, scope.policy->name),
                  fmt::format("a MutatingAdmissionPolicy for it would be called {}, over {} characters; rename it",
                              name, kMaxName));
    }
    documents.push_back({{"apiVersion", kApiVersion},
                         {"kind", "MutatingAdmissionPolicy"},
                         {"metadata", metadata(name)},
                         {"spec",
                          {{"failurePolicy", "Ignore"},
                           {"reinvocationPolicy", "IfNeeded"},
                           {"matchConstraints", match_constraints(scope)},
                           {"matchConditions", match_conditions(scope)},
                           {"variables", admission_variables(*scope.settings)},
                           {"mutations", mutations(*scope.settings)}}}});
    documents.push_back({{"apiVersion", kApiVersion},
                         {"kind", "MutatingAdmissionPolicyBinding"},
                         {"metadata", metadata(name)},
                         {"spec", {{"policyName", name}}}});
  }
  return documents;
}

const std::vector<std::string>& admission_policy_limits() {
  static const std::vector<std::string> limits{
      "the API server needs admissionregistration.k8s.io/v1 MutatingAdmissionPolicy (Kubernetes 1.36 or later)",
      "an own OTEL_RESOURCE_ATTRIBUTES by valueFrom, or with an item that is a mere $(VARIABLE), is left as it is",
      "annotations resource.opentelemetry.io/* with other characters than printable ASCII are left out",
      "nobody is warned about what a container keeps; kubectl meshtrace explain says it",
      "a change of a TracingPolicy takes effect when this is rendered and applied again",
  };
  return limits;
}

}  // namespace meshtrace::inject
