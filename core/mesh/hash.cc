#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <span>

#include "core/mesh/plan.h"

namespace meshtrace::mesh {

std::string hash_of(const nlohmann::json& value) {
  constexpr std::size_t kHashBytes = 8;
  // Bytes that are no UTF-8 cannot come from the API server; were they to, a replacement is as good as any.
  const std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string hash;
  for (const unsigned char byte : std::span(digest).first<kHashBytes>()) hash += fmt::format("{:02x}", byte);
  return hash;
}

}  // namespace meshtrace::mesh
