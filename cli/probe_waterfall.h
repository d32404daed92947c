// A trace as a table: a line a span, indented below its parent, with a bar that shows when it ran.
#pragma once

#include <string>

#include "core/probe/tree.h"

namespace meshtrace::cli {

std::string waterfall(const probe::Tree& tree);

// "850 µs", "12.3 ms", "1.20 s"; with a sign if negative.
std::string span_time(std::int64_t nanoseconds);

}  // namespace meshtrace::cli
