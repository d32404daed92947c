// What a scope has without us, by istiod's layers: the mesh's defaultProviders, others' Telemetry of the root
// namespace, others' Telemetry of the namespace. Source: Istio, pilot/pkg/model/telemetry.go.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/mesh/world.h"

namespace meshtrace::mesh {

// The entries that must follow ours in spec.accessLogging of a scope, since ours replaces what the wider levels
// (defaultProviders, Telemetry of the root namespace and, with `in_namespace`, of the namespace) have configured. File
// logs to `path` are left out: ours takes their place.
nlohmann::json inherited_logging(const World& world, const nlohmann::json& mesh, const std::string& ns,
                                 bool in_namespace, std::string_view path);

// The tracing provider that holds for a scope by the same levels; empty for none.
std::string inherited_tracing_provider(const World& world, const nlohmann::json& mesh, const std::string& ns,
                                       bool in_namespace);

}  // namespace meshtrace::mesh
