#include "net/client/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace meshtrace::net {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio reader_of(const std::string& pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

struct FreeChain {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};
using Chain = std::unique_ptr<STACK_OF(X509), FreeChain>;

Chain read_certificates(const std::string& pem) {
  const Bio bio = reader_of(pem);
  Chain chain(sk_X509_new_null());
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(chain.get(), certificate);
  }
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return chain;
}

// A key under a password would have OpenSSL ask for it on the terminal.
int no_password(char*, int, int, void*) { return 0; }

}  // namespace

Result<std::shared_ptr<TlsSettings>> TlsSettings::create(const TlsMaterial& material) {
  auto settings = std::make_shared<TlsSettings>();
  settings->trusted_.reset(X509_STORE_new());
  if (material.authority_pem.empty()) {
    X509_STORE_set_default_paths(settings->trusted_.get());
  } else {
    const Chain authorities = read_certificates(material.authority_pem);
    if (sk_X509_num(authorities.get()) == 0) return fail("certificate-authority", "holds no certificate in PEM");
    for (int index = 0; index < sk_X509_num(authorities.get()); ++index) {
      X509_STORE_add_cert(settings->trusted_.get(), sk_X509_value(authorities.get(), index));
    }
  }
  if (material.certificate_pem.empty()) return settings;
  settings->certificates_.reset(read_certificates(material.certificate_pem).release());
  if (sk_X509_num(settings->certificates_.get()) == 0) {
    return fail("client-certificate", "holds no certificate in PEM");
  }
  settings->key_.reset(PEM_read_bio_PrivateKey(reader_of(material.key_pem).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!settings->key_) return fail("client-key", "holds no private key in PEM, or one under a password");
  if (X509_check_private_key(sk_X509_value(settings->certificates_.get(), 0), settings->key_.get()) != 1) {
    ERR_clear_error();
    return fail("client-key", "is not the key of the client-certificate");
  }
  return settings;
}

void TlsSettings::apply(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set1_cert_store(context, trusted_.get());
  SSL_CTX_set_cert_verify_callback(context, &TlsSettings::verify_chain, this);
  if (!certificates_) return;
  SSL_CTX_use_certificate(context, sk_X509_value(certificates_.get(), 0));
  for (int index = 1; index < sk_X509_num(certificates_.get()); ++index) {
    SSL_CTX_add1_chain_cert(context, sk_X509_value(certificates_.get(), index));
  }
  SSL_CTX_use_PrivateKey(context, key_.get());
}

int TlsSettings::verify_chain(X509_STORE_CTX* chain, void* self) {
  const int accepted = X509_verify_cert(chain);
  auto* settings = static_cast<TlsSettings*>(self);
  const std::lock_guard lock(settings->mutex_);
  settings->refusal_.clear();
  if (accepted != 1) {
    const int code = X509_STORE_CTX_get_error(chain);
    // The host's name is checked by the callback within X509_verify_cert(), which leaves no reason.
    settings->refusal_ = code == X509_V_OK || code == X509_V_ERR_UNSPECIFIED
                             ? "the server's certificate is not for this host; see tls-server-name"
                             : std::string("the server's certificate: ") + X509_verify_cert_error_string(code);
  }
  return accepted;
}

std::string TlsSettings::take_refusal() {
  const std::lock_guard lock(mutex_);
  return std::exchange(refusal_, {});
}

}  // namespace meshtrace::net
