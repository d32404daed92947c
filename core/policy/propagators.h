// What a list of propagators will do, language by language. Only `none` beside another is an error: custom names are
// legal, and the order is the user's.
// Source: OpenTelemetry specification, "Environment Variable Specification", and the SDKs' behaviour (docs/policy.md).
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "core/policy/findings.h"

namespace meshtrace::policy {

// Those that OpenTelemetry names.
[[nodiscard]] std::span<const std::string_view> known_propagators();

// `propagators` is a checked list of names.
void check_propagators(const nlohmann::json& propagators, Report& report);

}  // namespace meshtrace::policy
