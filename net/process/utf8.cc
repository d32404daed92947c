#include "net/process/utf8.h"

#include <simdjson.h>

namespace meshtrace {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kMaxCharacterBytes = 4;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string repair_utf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;  // of the character at the front, 0: none
    while (length > 0 && !simdjson::validate_utf8(text.data(), length)) {
      length = length < kMaxCharacterBytes && length < text.size() ? length + 1 : 0;
    }
    out.append(length > 0 ? text.substr(0, length) : kReplacement);
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace meshtrace
