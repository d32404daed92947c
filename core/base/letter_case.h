// Letter case of names that compare without regard to it (ASCII): header fields, Istio's providers.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace meshtrace {

inline char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return in_lower_case(c); });
  return text;
}

inline bool equal_without_case(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return in_lower_case(a) == in_lower_case(b); });
}

}  // namespace meshtrace
