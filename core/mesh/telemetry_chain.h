// The Telemetry objects of others, as istiod layers them: of the root namespace, of a namespace, and which one shares a
// scope with ours.
// Source: Istio, pilot/pkg/model/telemetry.go: of several without selector in one namespace the oldest alone counts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/mesh/facts.h"

namespace meshtrace::mesh {

// The one that istiod uses for a whole namespace (or, in the root namespace, the mesh), ours left out; null for none.
const nlohmann::json* namespace_telemetry(const Facts& facts, std::string_view ns);

// The oldest with exactly this selector, ours left out: without labels as namespace_telemetry(). Istio would ignore it
// or ours, by version and age.
const nlohmann::json* rival_telemetry(const Facts& facts, std::string_view ns,
                                      const std::map<std::string, std::string>& match_labels);

// Names of the providers of an entry of spec.accessLogging or spec.tracing.
std::vector<std::string> provider_names(const nlohmann::json& entry);

// The entries that must follow ours in spec.accessLogging of a scope, since ours replaces what the wider levels
// (defaultProviders, Telemetry of the root namespace and, with `in_namespace`, of the namespace) have configured. File
// logs to `path` are left out: ours takes their place.
nlohmann::json inherited_logging(const Facts& facts, const nlohmann::json& mesh, std::string_view ns, bool in_namespace,
                                 std::string_view path);

// The tracing provider that holds for a scope by the same levels; empty for none.
std::string inherited_tracing_provider(const Facts& facts, const nlohmann::json& mesh, std::string_view ns,
                                       bool in_namespace);

}  // namespace meshtrace::mesh
