// Certificates as values: read from PEM, compared, checked against one another.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::certificates {

struct Certificate {
  std::string pem;          // this one block alone
  std::string fingerprint;  // SHA-256 of the DER form, 64 hexadecimal digits: what tells one from another
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  bool is_authority = false;           // may sign others
  bool is_for_servers = false;         // extended key usage
  std::vector<std::string> dns_names;  // subject alternative names

  // When two thirds of its life are over.
  [[nodiscard]] std::chrono::sys_seconds renew_at() const { return not_after - (not_after - not_before) / 3; }
  friend bool operator==(const Certificate& a, const Certificate& b) { return a.fingerprint == b.fingerprint; }
};

struct CertificateList {
  std::vector<Certificate> certificates;
  bool damaged = false;  // something after them could not be read
};

// Every certificate of a PEM text, up to the first that cannot be read, at most kMaxCertificates.
inline constexpr std::size_t kMaxCertificates = 32;  // a bundle has two during a change of authority
CertificateList read_certificates(std::string_view pem);

// Whether the PEM private key is the certificate's own.
bool key_fits(const Certificate& certificate, std::string_view key_pem);

// Whether `authority` may have signed the certificate, and did. Says nothing about time.
bool is_signed_by(const Certificate& certificate, const Certificate& authority);

// One after another, as caBundle has them.
std::string to_pem(const std::vector<Certificate>& certificates);

bool contains(const std::vector<Certificate>& certificates, const Certificate& wanted);

}  // namespace meshtrace::certificates
