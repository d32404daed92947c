// JSON from the network, bounded in depth: nlohmann/json copies and prints by recursion, so that a document nested
// some 100,000 levels deep would end the process long after it was parsed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::kube {

// Levels of arrays and objects; Kubernetes objects stay below 30.
inline constexpr int kMaxJsonDepth = 200;

// `name` begins the error's `where`. The error never quotes the text, which may hold secrets.
Result<nlohmann::json> parse_json(std::string name, std::string_view text);

// The string at object[key], or an empty one when there is none: for fields whose absence is their empty value.
std::string string_or_empty(const nlohmann::json& object, std::string_view key);

// The same for object.metadata[key].
std::string metadata_string(const nlohmann::json& object, std::string_view key);

}  // namespace meshtrace::kube
