// The part of a TracingPolicy that every Kubernetes object has: apiVersion, kind, metadata.
#pragma once

#include <nlohmann/json.hpp>

#include "core/policy/decode.h"
#include "core/policy/findings.h"

namespace meshtrace::policy {

inline constexpr std::string_view kGroupPrefix = "meshtrace.io/";

// False, with the error, where the object is no TracingPolicy of the version that is read here: then its spec says
// nothing to us.
[[nodiscard]] bool check_type_meta(const nlohmann::json& object, Findings& errors);

// Fills the policy's name, namespace and what the API server maintains. Other metadata is not ours to check.
void read_metadata(const nlohmann::json& object, const DecodeOptions& options, TracingPolicy& policy, Findings& errors);

}  // namespace meshtrace::policy
