// The mesh's tracing providers: which ones a MeshConfig has, and which Service each reports to.
// Source: Istio, istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/mesh/facts.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

// The entry of extensionProviders with that name, or null. Istio compares the names without case.
const nlohmann::json* find_provider(const nlohmann::json& mesh, std::string_view name);

// "observability/otel-collector" of the Service that an extensionProviders entry reports to; empty where it names none
// or a host outside of the cluster.
std::optional<std::string> service_of(const nlohmann::json& provider);

// The Services whose existence make_plan() asks Facts::services for: those of the tracing providers that policies and
// meshes name.
std::set<std::string> services_to_look_up(const policy::Index& policies, const Facts& facts);

}  // namespace meshtrace::mesh
