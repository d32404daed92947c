#include "kube/base64.h"

#include <openssl/evp.h>

#include <cstdint>

namespace meshtrace::kube {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  int digits = 0;
  int padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const std::size_t value = c == '=' ? 0 : kAlphabet.find(c);
    if (value == std::string_view::npos || (c != '=' && padding > 0)) return std::nullopt;
    padding += c == '=' ? 1 : 0;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++digits < 4) continue;
    if (padding > 2) return std::nullopt;
    for (int byte = 0; byte < 3 - padding; ++byte) bytes += static_cast<char>(group >> (16 - 8 * byte) & 0xff);
    group = 0;
    digits = 0;
    if (padding > 0) padding = 4;  // nothing may follow a padded group
  }
  if (digits != 0) return std::nullopt;
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');  // and behind it, as in every string, room for EVP's final zero
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

}  // namespace meshtrace::kube
