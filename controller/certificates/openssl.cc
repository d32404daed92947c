#include "controller/certificates/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace meshtrace::certificates {
namespace {

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

BioPtr reading(std::string_view text) {
  // Without the empty text OpenSSL takes a null pointer for an error.
  return BioPtr(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<int>(text.size())));
}

int refuse_password(char*, int, int, void*) { return 0; }

X509Ptr parse_certificate(std::string_view pem) {
  X509Ptr certificate(PEM_read_bio_X509(reading(pem).get(), nullptr, refuse_password, nullptr));
  ERR_clear_error();
  return certificate;
}

KeyPtr parse_key(std::string_view pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, refuse_password, nullptr));
  ERR_clear_error();
  return key;
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  return PEM_write_bio_X509(bio.get(), certificate) == 1 ? content_of(bio.get()) : std::string();
}

std::string pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const int written = PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return written == 1 ? content_of(bio.get()) : std::string();
}

}  // namespace meshtrace::certificates
