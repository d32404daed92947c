// Durations as Kubernetes and Go write them ("5s", "1m30s", "500ms"), to the millisecond: no unit below it and no sign
// or fraction, because that is what the CRD's pattern admits.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::trace {

// One to four pairs of a number (one to five digits) and h, m, s or ms. The error's `where` is empty: the caller knows
// the field.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration() reads back, largest unit first: 90 s is "1m30s". Not for negative values.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace meshtrace::trace
