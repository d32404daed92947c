// Kubernetes quantities ("512Mi", "1.5G", "1e9", "128974848000m") as whole bytes.
// Source: k8s.io/apimachinery/pkg/api/resource, "Quantity".
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::trace {

// Rounds up to a whole number, as Quantity.Value() does; more than 2^63-1 is 2^63-1. Negative values and texts that are
// no quantity are errors.
Result<std::int64_t> parse_quantity(std::string_view text);

}  // namespace meshtrace::trace
