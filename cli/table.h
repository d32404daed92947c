// Rows as a table in kubectl's manner: columns three spaces apart, nothing behind the last one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace meshtrace::cli {

// The first row is the heading. A cell is made harmless for a terminal and stands on one line; an empty one is "-".
std::string table(const std::vector<std::vector<std::string>>& rows);

// A span as kubectl's AGE has it: "47s", "5m12s", "3h", "2d4h", "400d".
std::string age(std::chrono::seconds span);

}  // namespace meshtrace::cli
