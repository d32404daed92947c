// Trace headers that a Lua filter writes: calls of remove, replace and add with the header's name as a literal. A name
// that the code computes is not known; reading is no finding, and nor is what is done to responses.
// Source: Envoy, "Lua filter", section "Header object API".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/audit/header_changes.h"

namespace meshtrace::audit {

struct LuaWrite {
  HeaderChange::What what = HeaderChange::What::kRemoved;
  std::string header;      // in lower case
  bool is_certain = true;  // false: behind an if or a loop
  int line = 1;            // of the code
};

// Code is read up to kMaxLua bytes.
inline constexpr std::size_t kMaxLua = 256 * 1024;
std::vector<LuaWrite> lua_writes(std::string_view code);

}  // namespace meshtrace::audit
