// Certificates for tests: made in memory, a moment before they are used.
#pragma once

#include <string>

namespace meshtrace::net::testing {

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

Identity make_authority(const std::string& name);

// `subject_alternative_names` as OpenSSL writes them: "DNS:kubernetes,IP:127.0.0.1"; empty: a client's.
Identity issue(const Identity& authority, const std::string& name, const std::string& subject_alternative_names);

}  // namespace meshtrace::net::testing
