#include "core/inject/json_text.h"

namespace meshtrace::inject {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t written = 0;  // everything before it is in `out`
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, written, i - written);
    written = i + 1;
    if (byte < 0x20) {
      out.append("\\u00").append({kHex[byte >> 4], kHex[byte & 0xf]});
    } else {
      out.append({'\\', text[i]});
    }
  }
  out.append(text, written).append("\"");
}

void append_pointer_token(std::string& out, std::string_view token) {
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

}  // namespace meshtrace::inject
