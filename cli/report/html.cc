#include "cli/report/html.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>

#include "cli/text.h"
#include "kube/base64.h"

namespace meshtrace::cli::html {
namespace {

// Line and paragraph separators, and controls of direction (Unicode Standard Annex 9, section 2).
constexpr bool is_steering(std::uint32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// The character at `at` where it takes two or three bytes of UTF-8, which all steering ones do; else 0.
std::uint32_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const std::size_t left = text.size() - at;
  if ((byte(0) & 0xE0) == 0xC0 && left >= 2) return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
  if ((byte(0) & 0xF0) == 0xE0 && left >= 3) {
    return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  }
  return 0;
}

}  // namespace

std::string text(std::string_view raw) {
  const std::string visible = printable(raw);
  std::string out;
  out.reserve(visible.size());
  for (std::size_t i = 0; i < visible.size(); ++i) {
    switch (visible[i]) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += "&quot;";
        continue;
      case '\'':
        out += "&#39;";
        continue;
      default:
        break;
    }
    const std::uint32_t c = character_at(visible, i);
    if (is_steering(c)) {
      out += fmt::format("\\u{:04x}", c);
      i += c < 0x800 ? 1 : 2;
    } else {
      out += visible[i];
    }
  }
  return out;
}

std::string source_hash(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  return "sha256-" + kube::base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace meshtrace::cli::html
