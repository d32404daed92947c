#include "core/inject/cel.h"

#include <fmt/format.h>

namespace meshtrace::inject::cel {

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '\'';
}

std::string list(const std::vector<std::string>& expressions) {
  return fmt::format("[{}]", fmt::join(expressions, ", "));
}

std::string literals(const std::vector<std::string>& texts) {
  std::vector<std::string> expressions;
  for (const std::string& text : texts) expressions.push_back(literal(text));
  return list(expressions);
}

std::string bind(std::string_view name, std::string_view expression, std::string_view body) {
  return fmt::format("[{}].map({}, {})[0]", expression, name, body);
}

std::string glob_pattern(std::string_view glob) {
  constexpr std::string_view kSyntax = R"(\.+()[]{}|^$)";
  std::string pattern = "^";
  for (const char c : glob) {
    if (c == '*') {
      pattern += ".*";
    } else if (c == '?') {
      pattern += '.';
    } else {
      if (kSyntax.find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
  }
  return pattern + '$';
}

}  // namespace meshtrace::inject::cel
