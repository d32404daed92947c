// The type of a YAML scalar, as kubectl decides it (sigs.k8s.io/yaml over go-yaml v2, which is YAML 1.1): `yes` is a
// boolean, 0755 is octal, a timestamp stays a string. Also the way back: when a string must be quoted to stay one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::yaml {

// `tag` as yaml-cpp reports it: "?" for a plain scalar, "!" for a quoted one, else the full tag. The error's `where` is
// empty: the caller knows the place.
Result<nlohmann::json> typed_scalar(std::string_view tag, std::string_view text);

// A map key as JSON has it: `1`, `yes` and `1.5` are "1", "true" and "1.5". Null is no key.
Result<std::string> key_text(const nlohmann::json& key);

// True when the text, written plain, reads as a string under both YAML 1.1 and 1.2 and cannot be taken for syntax.
bool is_safe_plain(std::string_view text);

}  // namespace meshtrace::yaml
