// Dotted paths ("workload.exporter.endpoint") into a JSON object. Only for paths of the field table: no key in them has
// a dot.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace meshtrace::policy {

// The value at the path, or null where it or a parent is absent.
[[nodiscard]] const nlohmann::json* find_at(const nlohmann::json& object, std::string_view path);

// The value at the path; objects on the way are made where they are absent.
[[nodiscard]] nlohmann::json& make_at(nlohmann::json& object, std::string_view path);

// Removes the value, and leaves its parents.
void erase_at(nlohmann::json& object, std::string_view path);

}  // namespace meshtrace::policy
