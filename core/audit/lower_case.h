// Letter case of ASCII, in which names of headers, hosts and ports do not differ.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace meshtrace::audit {

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace meshtrace::audit
