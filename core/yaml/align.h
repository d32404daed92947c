// Which element of an old list is which of a new one, so that an edit touches only what was inserted or changed.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace meshtrace::yaml {

// For each element of `target`, the old element that it continues, in rising order; none where it is new. Old elements
// that nothing continues are removed. Elements of one size are paired by position.
std::vector<std::optional<std::size_t>> align(const nlohmann::json& old, const nlohmann::json& target);

}  // namespace meshtrace::yaml
