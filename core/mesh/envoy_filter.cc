#include "core/mesh/envoy_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mesh/scope.h"
#include "core/policy/json_path.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using policy::Level;

constexpr const char* kConnectionManager = "envoy.filters.network.http_connection_manager";
constexpr const char* kConnectionManagerType =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

// Istio merges filters by rising priority, so the narrower scope's values stand last.
constexpr int kMeshPriority = 10;
constexpr int kNamespacePriority = 20;
constexpr int kLowestWorkloadPriority = 30;
constexpr int kHighestWorkloadPriority = 1000;

int priority_of(Level level, int rank) {
  switch (level) {
    case Level::kNamespace:
      return kNamespacePriority;
    case Level::kWorkload:
      // Counted down from the oldest, so that a younger policy changes no older one's filter.
      return std::max(kLowestWorkloadPriority, kHighestWorkloadPriority - rank);
    case Level::kDefault:
    case Level::kMesh:
      break;
  }
  return kMeshPriority;
}

// Without "@type" or the filter's name, istiod's merge panics and drops the patches that follow (istio#17266, #51610).
json patch(const char* context, json merged) {
  merged["@type"] = kConnectionManagerType;
  return {
      {"applyTo", "NETWORK_FILTER"},
      {"match", {{"context", context}, {"listener", {{"filterChain", {{"filter", {{"name", kConnectionManager}}}}}}}}},
      {"patch",
       {{"operation", "MERGE"}, {"value", {{"name", kConnectionManager}, {"typed_config", std::move(merged)}}}}}};
}

// Envoy rounds to hundredths of a percent. A merge cannot set 0 over Telemetry's value, since 0 counts as absent: what
// rounds to it does.
double sampling_value(int hundredths) { return hundredths == 0 ? 0.001 : hundredths / 100.0; }

// The field's value where the scope's own policy states it.
const json* stated(const policy::PolicyScope& scope, const char* field) {
  const std::string path = std::string("proxy.headers.") + field;
  return states(scope, path) ? policy::find_at(scope.effective->merged, path) : nullptr;
}

HeaderRules rules_of(const policy::PolicyScope& scope) {
  HeaderRules rules;
  const json* invalid = stated(scope, "invalidTraceparent");
  const json* duplicate = stated(scope, "duplicateContext");
  const json* baggage = stated(scope, "maxBaggageBytes");
  rules.remove_invalid_traceparent = invalid != nullptr && *invalid == "Remove";
  rules.prefer_w3c = duplicate != nullptr && *duplicate == "PreferW3C";
  if (baggage != nullptr) rules.max_baggage_bytes = baggage->get<int>();
  return rules;
}

void gate_rules(const Facts& facts, HeaderRules& rules, std::vector<Problem>& problems) {
  const std::optional<Version> istio = facts.proxy ? facts.proxy : facts.istiod;
  if (!rules.any() || !istio || envoy_of_istio(*istio) >= kOldestEnvoyForHeaderRules) return;
  rules = {};
  problems.push_back({Problem::About::kResolvedRefs, kReasonUnsupportedVersion,
                      fmt::format("proxy.headers.invalidTraceparent, duplicateContext and maxBaggageBytes need Envoy "
                                  "{} or later in every proxy; the oldest one belongs to Istio {}. Upgrade it, or take "
                                  "the three out of the policy",
                                  kOldestEnvoyForHeaderRules.text(), istio->text())});
}

void preserve_request_id(const policy::PolicyScope& scope, const policy::PolicyScope* wider,
                         ConnectionManagerSettings& settings, std::vector<Problem>& problems) {
  const json* preserve = stated(scope, "preserveExternalRequestId");
  if (preserve == nullptr) return;
  settings.preserve_external_request_id = preserve->get<bool>();
  const json* inherited =
      wider == nullptr ? nullptr : policy::find_at(wider->effective->merged, "proxy.headers.preserveExternalRequestId");
  if (settings.preserve_external_request_id || inherited == nullptr || !inherited->get<bool>()) return;
  problems.push_back(
      {Problem::About::kProgrammed, kReasonNotPossible,
       "proxy.headers.preserveExternalRequestId: false cannot be merged over a wider true, since Envoy's "
       "merge takes false for absent; set true in narrower policies alone"});
}

}  // namespace

ConnectionManagerSettings header_settings(const policy::PolicyScope& scope, const policy::PolicyScope* wider,
                                          const Facts& facts, std::vector<Problem>& problems) {
  ConnectionManagerSettings settings;
  if (const json* size = stated(scope, "maxRequestHeadersKb")) settings.max_request_headers_kb = size->get<int>();
  if (const json* count = stated(scope, "maxRequestHeadersCount")) settings.max_headers_count = count->get<int>();
  preserve_request_id(scope, wider, settings, problems);
  // Lists only append: the mesh's policy alone has one, so that no proxy gets two.
  if (scope.level == Level::kMesh) settings.rules = rules_of(scope);
  gate_rules(facts, settings.rules, problems);
  const json* applies_to = policy::find_at(scope.effective->merged, "proxy.headers.appliesTo");
  settings.rules_everywhere = applies_to != nullptr && *applies_to == "All";
  return settings;
}

json envoy_filter_spec(const ConnectionManagerSettings& settings, Level level,
                       const std::map<std::string, std::string>& match_labels, int rank) {
  json everywhere = json::object();
  json gateways = json::object();
  if (settings.max_request_headers_kb) everywhere["max_request_headers_kb"] = *settings.max_request_headers_kb;
  if (settings.max_headers_count) {
    everywhere["common_http_protocol_options"] = {{"max_headers_count", *settings.max_headers_count}};
  }
  if (settings.preserve_external_request_id) gateways["preserve_external_request_id"] = true;
  if (settings.rules.any()) {
    (settings.rules_everywhere ? everywhere : gateways)["early_header_mutation_extensions"] =
        json::array({early_header_mutation(settings.rules)});
  }
  if (settings.gateway_sampling) {
    gateways["tracing"] = {{"random_sampling", {{"value", sampling_value(*settings.gateway_sampling)}}}};
  }

  json patches = json::array();
  if (!everywhere.empty()) patches.push_back(patch("ANY", std::move(everywhere)));
  if (!gateways.empty()) patches.push_back(patch("GATEWAY", std::move(gateways)));
  if (patches.empty()) return nullptr;
  json spec{{"priority", priority_of(level, rank)}, {"configPatches", std::move(patches)}};
  if (!match_labels.empty()) spec["workloadSelector"] = {{"labels", match_labels}};
  return spec;
}

}  // namespace meshtrace::mesh
