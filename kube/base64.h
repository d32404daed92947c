// Base64 with padding (RFC 4648, section 4), as kubeconfig's …-data fields and Secrets carry it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace meshtrace::kube {

// Line breaks are skipped, as Go does; anything else outside the alphabet gives nothing.
std::optional<std::string> base64_decode(std::string_view text);

std::string base64_encode(std::string_view bytes);

}  // namespace meshtrace::kube
