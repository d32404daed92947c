// The Telemetry of one scope: tracing and access log together, since Istio takes one object for a namespace.
// Source: Istio, telemetry.istio.io/v1alpha1.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/mesh/facts.h"
#include "core/mesh/intent.h"
#include "core/mesh/mesh_view.h"

namespace meshtrace::mesh {

// spec.accessLogging: our providers, and what applied before them. Empty where the scope has no access log of its own.
nlohmann::json access_logging(const Intent& intent, const Facts& facts, const std::vector<MeshView>& meshes);

// Whether every provider that the scope names stands in its text with the wanted value. Until then a Telemetry must not
// name it: proxies would fall back to the mesh's format, or to no log.
bool providers_stand(const Intent& intent, const std::vector<MeshView>& meshes);

// The spec, null for one that would say nothing.
nlohmann::json telemetry_spec(const policy::TracingPolicy& policy, const nlohmann::json& tracing,
                              const nlohmann::json& access_logging);

// Whether a Telemetry of somebody else's already says all that ours would.
bool says_the_same(const nlohmann::json& telemetry, const nlohmann::json& spec);

// Names of providers that any Telemetry's access log names now: these must not leave a text.
std::set<std::string> named_providers(const Facts& facts);

}  // namespace meshtrace::mesh
