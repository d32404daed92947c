// proxy.tracingProvider and sampling of a scope as Istio's Telemetry says them: which proxies decide about a trace, and
// where they report. What cannot hold is not written in part: a provider that does not resolve takes tracing away.
// Source: Istio, pilot/pkg/model/telemetry.go and pilot/pkg/networking/core/tracing.go.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/mesh/reasons.h"
#include "core/mesh/world.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

struct Tracing {
  // The entry of spec.tracing; null: none. Its randomSamplingPercentage is interior proxies' (100).
  nlohmann::json entry;
  // What gateways are to sample, in hundredths of a percent, where it differs: an EnvoyFilter's part, since Telemetry
  // knows no gateways.
  std::optional<int> gateway_sampling;
};

Tracing tracing_of(const policy::PolicyScope& scope, const World& world, std::vector<Problem>& problems,
                   std::vector<std::string>& notes);

// The entry while the EnvoyFilter for gateways does not stand: everybody samples as gateways should, because 100 % at a
// gateway, if only for a moment, would flood whoever stores the traces.
nlohmann::json without_gateways(nlohmann::json entry, int gateway_sampling);

}  // namespace meshtrace::mesh
