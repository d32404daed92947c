// TLS on one non-blocking socket that somebody else owns and waits for: each call does what is possible now and says
// what to wait for. OpenSSL works on the descriptor itself, without buffers between, so that an idle connection is
// small.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string_view>

#include "net/server/tls_context.h"

namespace meshtrace::net {

class TlsStream {
 public:
  enum class Status { kDone, kWantRead, kWantWrite, kEnd, kFailed };
  struct Transfer {
    Status status = Status::kFailed;
    std::size_t bytes = 0;  // moved, with kDone alone
  };

  // Serves the handshake of `descriptor` with the certificate of `context`.
  TlsStream(int descriptor, const TlsContext& context);

  Status handshake();
  Transfer read(std::span<char> into);
  Transfer write(std::string_view bytes);
  // Tells the peer that nothing more comes, if the connection still can; waits for nothing.
  void close_notify();

  // True if bytes have been received that read() has not returned: the socket may never become readable for them.
  [[nodiscard]] bool has_pending() const { return SSL_has_pending(ssl_.get()) == 1; }
  // True after a handshake that failed because the peer speaks HTTP without TLS.
  [[nodiscard]] bool met_plain_http() const { return met_plain_http_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Status status_of(int result);

  std::unique_ptr<SSL, Free> ssl_;
  bool met_plain_http_ = false;
  bool broken_ = false;  // after a fatal error OpenSSL allows no further call on the connection
};

}  // namespace meshtrace::net
