// Checks one value against its row of the field table, and brings it into the form in which policies are compared.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/policy/fields.h"
#include "core/policy/findings.h"

namespace meshtrace::policy {

// The checked value: nulls of a map are left out, whole numbers are integers (10.0 is 10). Nothing when `errors` got an
// entry. Not for objects, whose members decode.cc visits.
[[nodiscard]] std::optional<nlohmann::json> check_value(const Field& field, const nlohmann::json& value,
                                                        const std::string& path, Findings& errors);

// A value as messages show it: a scalar as JSON, cut short; "a list" and "an object" for what holds others.
[[nodiscard]] std::string shown(const nlohmann::json& value);

}  // namespace meshtrace::policy
