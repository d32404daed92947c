#include "controller/certificates/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "controller/certificates/openssl.h"

namespace meshtrace::certificates {
namespace {

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};  // 1970: long over
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return {};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < length; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

std::vector<std::string> dns_names_of(const X509* certificate) {
  std::vector<std::string> out;
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return out;
}

Certificate value_of(X509* certificate) {
  constexpr int kSignsByItsExtensions = 1;  // X509_check_ca() has other answers for what old certificates imply
  Certificate out;
  out.pem = pem_of(certificate);
  out.fingerprint = fingerprint_of(certificate);
  out.not_before = time_of(X509_get0_notBefore(certificate));
  out.not_after = time_of(X509_get0_notAfter(certificate));
  out.is_authority = X509_check_ca(certificate) == kSignsByItsExtensions;
  out.is_for_servers = X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, /*ca=*/0) == 1;
  out.dns_names = dns_names_of(certificate);
  return out;
}

}  // namespace

CertificateList read_certificates(std::string_view pem) {
  CertificateList list;
  const BioPtr bio = reading(pem);
  while (list.certificates.size() < kMaxCertificates) {
    const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, refuse_password, nullptr));
    if (!certificate) {
      // The end of the text, or a block that cannot be read.
      list.damaged = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
      ERR_clear_error();
      return list;
    }
    list.certificates.push_back(value_of(certificate.get()));
  }
  list.damaged = true;
  return list;
}

bool key_fits(const Certificate& certificate, std::string_view key_pem) {
  const X509Ptr parsed = parse_certificate(certificate.pem);
  const KeyPtr key = parse_key(key_pem);
  const bool fits = parsed && key && X509_check_private_key(parsed.get(), key.get()) == 1;
  ERR_clear_error();
  return fits;
}

bool is_signed_by(const Certificate& certificate, const Certificate& authority) {
  const X509Ptr subject = parse_certificate(certificate.pem);
  const X509Ptr issuer = parse_certificate(authority.pem);
  const bool is_signed = subject && issuer && X509_check_issued(issuer.get(), subject.get()) == X509_V_OK &&
                         X509_verify(subject.get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return is_signed;
}

std::string to_pem(const std::vector<Certificate>& certificates) {
  std::string out;
  for (const Certificate& certificate : certificates) out += certificate.pem;
  return out;
}

bool contains(const std::vector<Certificate>& certificates, const Certificate& wanted) {
  return std::find(certificates.begin(), certificates.end(), wanted) != certificates.end();
}

}  // namespace meshtrace::certificates
