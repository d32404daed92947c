// Every check, in the order of the codes: one row each. Codes are never used again for something else.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "core/audit/check.h"

namespace meshtrace::audit {

struct Group {
  std::string_view number;  // "01"
  std::string_view title;   // "The header's way in"
};
std::span<const Group> groups();

std::span<const Check* const> checks();

// Null for a code that no check has.
const Check* find_check(std::string_view code);

// What `explain MT0101` prints, and what stands in docs/checks.md for it.
std::string page_of(const Check& check);
// The whole of docs/checks.md.
std::string pages();
// "docs/checks.md#mt0101"
std::string docs_anchor(std::string_view code);

}  // namespace meshtrace::audit
