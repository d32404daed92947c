// A certificate with its key, ready for handshakes: TLS 1.2 or later, ALPN http/1.1. Immutable and shared by all
// connections; a new certificate is a new context, and connections keep the one they began with.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace meshtrace::net {

// A PEM text and the name of the file that it was read from, for errors.
struct PemFile {
  std::string path;
  std::string text;
};

class TlsContext {
 public:
  // `certificate` holds the leaf first, then the chain; `key` is not encrypted. The error names the file.
  static Result<std::shared_ptr<const TlsContext>> create(const PemFile& certificate, const PemFile& key);

  // A fresh P-256 certificate that nobody trusts, so that probes get an answer before there is a real one.
  static Result<std::shared_ptr<const TlsContext>> create_self_signed();

  [[nodiscard]] SSL_CTX* native() const { return context_.get(); }
  // Unix time in seconds at which the leaf expires.
  [[nodiscard]] std::int64_t not_after() const { return not_after_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  TlsContext() = default;
  static Result<std::shared_ptr<TlsContext>> create_without_certificate();

  std::unique_ptr<SSL_CTX, Free> context_;
  std::int64_t not_after_ = 0;
};

}  // namespace meshtrace::net
