// Codes of checks and of their groups as people give them: --include MT02,MT0301, explain mt0101.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::cli {

// "MT" and a digit, in any letter case: a code, right or wrong, and no name of a workload.
bool looks_like_code(std::string_view word);

// MT0101 or, of the group 01, MT01. An error says which is nearest.
Result<std::string> parse_code(std::string_view word);

// Each word may be several with commas between. `option` is the error's `where`.
Result<std::set<std::string>> parse_codes(const std::string& option, const std::vector<std::string>& words);

// The codes that `include` names, or all, without those that `exclude` names, in the table's order.
std::vector<std::string_view> selected_codes(const std::set<std::string>& include,
                                             const std::set<std::string>& exclude);

}  // namespace meshtrace::cli
