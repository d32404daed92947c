// One JSON object as a value, fast: for the items of dumps that hold a whole cluster. Says yes or nothing: what it does
// not take, the YAML reader reads, with its limits and its messages.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace meshtrace::audit {

// Nothing for what is no JSON object, has a key twice, is nested deeper or larger than any Kubernetes object, or has a
// number beyond 64 bits.
std::optional<nlohmann::json> read_json_object(std::string_view text);

}  // namespace meshtrace::audit
