// Whom to trust and who we are, for cpprest's TLS contexts.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.h"

namespace meshtrace::net {

struct TlsMaterial {
  std::string authority_pem;    // empty: the system's
  std::string certificate_pem;  // with its chain; empty: none
  std::string key_pem;
  bool verify = true;
  friend bool operator==(const TlsMaterial&, const TlsMaterial&) = default;
};

// Parsed once and used by every connection: cpprest makes a context for each, and would read the system's CAs into it
// (22 ms) did it not get a store of ours.
class TlsSettings {
 public:
  static Result<std::shared_ptr<TlsSettings>> create(const TlsMaterial& material);

  // To be called for each new context. The settings must outlive it.
  void apply(SSL_CTX* context);

  // Why the last certificate was refused, said once; empty when none was. cpprest's own message does not say.
  std::string take_refusal();

 private:
  struct Free {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
  };
  static int verify_chain(X509_STORE_CTX* chain, void* self);

  std::unique_ptr<X509_STORE, Free> trusted_;
  std::unique_ptr<STACK_OF(X509), Free> certificates_;  // the client's first, then its chain; null: none
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::mutex mutex_;
  std::string refusal_;
};

}  // namespace meshtrace::net
