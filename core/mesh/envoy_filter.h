// EnvoyFilter for one scope: patches of the HTTP connection manager, for what Istio's own API cannot say.
// Source: Istio, networking.istio.io/v1alpha3 EnvoyFilter; Envoy, HttpConnectionManager.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/mesh/facts.h"
#include "core/mesh/header_rules.h"
#include "core/mesh/reasons.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

// What is merged into connection managers.
struct ConnectionManagerSettings {
  std::optional<int> max_request_headers_kb;  // of every proxy
  std::optional<int> max_headers_count;       // of every proxy
  bool preserve_external_request_id = false;  // of gateways
  HeaderRules rules;
  bool rules_everywhere = false;  // appliesTo: All
  // Share of traces that gateways begin, in hundredths of a percent; absent: what Telemetry says.
  std::optional<int> gateway_sampling;
};

// proxy.headers of a scope: what its own policy states. `wider` is wider_than() of it. `problems` gets what cannot be
// done here.
ConnectionManagerSettings header_settings(const policy::PolicyScope& scope, const policy::PolicyScope* wider,
                                          const Facts& facts, std::vector<Problem>& problems);

// The EnvoyFilter's spec, null where there is nothing to merge. `rank` counts the scope's policies of one namespace
// from the oldest: where two select one pod, the older must be merged last.
nlohmann::json envoy_filter_spec(const ConnectionManagerSettings& settings, policy::Level level,
                                 const std::map<std::string, std::string>& match_labels, int rank);

}  // namespace meshtrace::mesh
