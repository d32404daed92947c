// The Telemetry of one scope: tracing and access log together, since Istio takes one object for a namespace.
// Source: Istio, telemetry.istio.io/v1alpha1.
#pragma once

#include <nlohmann/json.hpp>

#include "core/mesh/intent.h"
#include "core/mesh/world.h"

namespace meshtrace::mesh {

// spec.accessLogging: our providers, and what applied before them. Empty where the scope has no access log of its own.
nlohmann::json access_logging(const Intent& intent, const World& world);

// Whether every provider that the scope names stands in its text with the wanted value. Until then a Telemetry must not
// name it: proxies would fall back to the mesh's format, or to no log.
bool providers_stand(const Intent& intent, const World& world);

// The spec, null for one that would say nothing.
nlohmann::json telemetry_spec(const policy::TracingPolicy& policy, const nlohmann::json& tracing,
                              const nlohmann::json& access_logging);

// Whether a Telemetry of somebody else's already says all that ours would.
bool says_the_same(const nlohmann::json& telemetry, const nlohmann::json& spec);

}  // namespace meshtrace::mesh
