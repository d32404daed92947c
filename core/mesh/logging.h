// proxy.accessLog of a scope as entries of the mesh text: for the mesh its own access log, for a narrower scope an
// extension provider, because a mesh configuration knows no scopes.
// Source: Istio, istio.mesh.v1alpha1.MeshConfig and pilot/pkg/model/telemetry_logging.go.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/mesh/mesh_text.h"
#include "core/mesh/reasons.h"
#include "core/mesh/world.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

inline constexpr const char* kProviderPrefix = "meshtrace-";

// What the scope's policy wants in that text, whether or not it stands there already. Empty where the policy states no
// access log of its own, and where proxies would refuse it (`problems`).
std::vector<EntryEdit> logging_entries(const policy::PolicyScope& scope, const MeshView& mesh, const World& world,
                                       std::vector<Problem>& problems);

// The file that a narrower scope's provider writes.
std::string log_path(const nlohmann::json& provider);

// Why the mesh's own format is not what proxies log: a Telemetry or defaultProviders outranks it.
std::vector<Problem> overridden_logging(const MeshView& mesh, const World& world);

}  // namespace meshtrace::mesh
