// Entries of extensionProviders: which kinds there are, what each is good for, and those that every mesh has.
// Source: Istio, istio.mesh.v1alpha1.MeshConfig.ExtensionProvider and pkg/config/mesh (the built-in ones).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "core/mesh/version.h"

namespace meshtrace::audit {

// The member that says what an entry is: "zipkin", "envoyFileAccessLog"; empty for one that says nothing that is known.
std::string_view kind_of_provider(const nlohmann::json& entry);

// Whether proxies make spans with it, now or, in the case of a removed one, before.
bool is_tracer(std::string_view kind);
// Whether proxies log requests with it.
bool is_logger(std::string_view kind);

// The Istio release that has no such tracer any more; absent for one that is there.
std::optional<mesh::Version> tracer_removed_in(std::string_view kind);

// Whether proxies of that Istio (absent: the current release) make spans with it.
bool has_tracer(std::string_view kind, const std::optional<mesh::Version>& istio);

// The kind of one of the providers that every mesh has ("prometheus", "stackdriver", "envoy"), compared without case;
// empty for any other name.
std::string_view kind_of_built_in(std::string_view name);

// The kind of the provider that a mesh has by this name: extensionProviders may state a built-in one anew. Empty for an
// unknown one.
std::string_view kind_of_named(const nlohmann::json& mesh_config, std::string_view name);

// Logs to /dev/stdout, in the mesh's own format.
inline constexpr std::string_view kBuiltInLog = "envoy";

// The member of defaultConfig.tracing that names a tracer; empty where none does.
std::string_view legacy_tracer_of(const nlohmann::json& proxy_config);

}  // namespace meshtrace::audit
