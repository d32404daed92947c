// Manifests as one output: texts joined so that they stay separate documents, or objects as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::cli {

// Files one after the other; a --- line is added only where two files would run into one another.
std::string join_texts(const std::vector<std::string>& texts);

// Objects as a List, also one or none.
nlohmann::json list_of(std::vector<nlohmann::json> objects);

// One object as itself, several as a List, indented as kubectl does.
std::string json_output(std::vector<nlohmann::json> objects);
// Any value, indented so. DEL and C1 controls, which JSON lets stand, are escaped: a name must not steer a terminal.
std::string json_text(const nlohmann::json& value);

}  // namespace meshtrace::cli
