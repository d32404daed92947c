#include "controller/certificates/issue.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "controller/certificates/openssl.h"

namespace meshtrace::certificates {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// A certificate begins a little in the past, for verifiers whose clocks are behind: a tenth of its life, and no more
// than this.
constexpr seconds kMaxBackdating = std::chrono::minutes(5);

auto openssl_failure(const char* doing) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return fail("", std::string("OpenSSL cannot ") + doing + ": " + (reason != nullptr ? reason : "no reason given"));
}

// 127 random bits: unique without a counter to keep, positive, and within RFC 5280's 20 octets.
bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] &= 0x7f;
  bytes[15] |= 1;  // never zero
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool ok = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return ok;
}

bool set_validity(X509* certificate, sys_seconds not_before, sys_seconds not_after) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), not_before.time_since_epoch().count()) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), not_after.time_since_epoch().count()) != nullptr;
}

bool set_subject(X509* certificate, const char* common_name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0) == 1;
}

struct Extension {
  int nid;
  std::string value;  // as openssl.cnf writes it
};

bool add_extensions(X509* certificate, X509* issuer, const std::vector<Extension>& extensions) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  return std::all_of(extensions.begin(), extensions.end(), [&](const Extension& extension) {
    const ExtensionPtr made(X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value.c_str()));
    return made && X509_add_ext(certificate, made.get(), -1) == 1;
  });
}

struct Content {
  const char* common_name;
  sys_seconds not_before;
  sys_seconds not_after;
  std::vector<Extension> extensions;
};

// A certificate with a key of its own, signed by `issuer` with `issuer_key`; by itself where these are null.
Result<KeyPair> make(const Content& content, X509* issuer, EVP_PKEY* issuer_key) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  if (!key || !certificate) return openssl_failure("make a key");
  if (issuer == nullptr) {
    issuer = certificate.get();
    issuer_key = key.get();
  }
  const bool signed_ = X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
                       set_validity(certificate.get(), content.not_before, content.not_after) &&
                       set_subject(certificate.get(), content.common_name) &&
                       X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
                       X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                       add_extensions(certificate.get(), issuer, content.extensions) &&
                       X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0;
  if (!signed_) return openssl_failure("sign a certificate");
  CertificateList read = read_certificates(pem_of(certificate.get()));
  std::string key_pem = pem_of(key.get());
  if (read.certificates.empty() || key_pem.empty()) return openssl_failure("write a certificate as PEM");
  return KeyPair{std::move(read.certificates.front()), std::move(key_pem)};
}

sys_seconds backdated(sys_seconds now, seconds lifetime) { return now - std::min(kMaxBackdating, lifetime / 10); }

}  // namespace

Result<KeyPair> issue_authority(sys_seconds now, seconds lifetime) {
  return make({.common_name = "meshtrace webhook authority",
               .not_before = backdated(now, lifetime),
               .not_after = now + lifetime,
               .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                              {NID_key_usage, "critical,keyCertSign,cRLSign"},
                              {NID_subject_key_identifier, "hash"}}},
              nullptr, nullptr);
}

Result<KeyPair> issue_leaf(const KeyPair& authority, const std::vector<std::string>& dns_names, sys_seconds now,
                           seconds lifetime) {
  const X509Ptr issuer = parse_certificate(authority.certificate.pem);
  const KeyPtr issuer_key = parse_key(authority.key_pem);
  if (!issuer || !issuer_key) return fail("", "the authority's certificate or key cannot be read");
  std::string names;
  for (const std::string& name : dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  return make({.common_name = "meshtrace webhook",
               .not_before = backdated(now, lifetime),
               .not_after = std::min(now + lifetime, authority.certificate.not_after),
               .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                              {NID_key_usage, "critical,digitalSignature"},
                              {NID_ext_key_usage, "serverAuth"},
                              {NID_subject_alt_name, names},
                              {NID_subject_key_identifier, "hash"},
                              {NID_authority_key_identifier, "keyid"}}},
              issuer.get(), issuer_key.get());
}

}  // namespace meshtrace::certificates
