// New certificates: an authority that signs itself, and leaves for the webhook. P-256 keys, random serial numbers. The
// clock is a parameter; randomness is OpenSSL's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "controller/certificates/x509.h"
#include "core/base/result.h"

namespace meshtrace::certificates {

struct KeyPair {
  Certificate certificate;
  std::string key_pem;  // PKCS #8, unencrypted: never to a log, an error or an event
};

// An error is OpenSSL's: out of memory or of randomness.
Result<KeyPair> issue_authority(std::chrono::sys_seconds now, std::chrono::seconds lifetime);

// A server certificate for these DNS names; it does not outlive its authority.
Result<KeyPair> issue_leaf(const KeyPair& authority, const std::vector<std::string>& dns_names,
                           std::chrono::sys_seconds now, std::chrono::seconds lifetime);

}  // namespace meshtrace::certificates
