#include "net/server/tls_stream.h"

#include <openssl/err.h>

namespace meshtrace::net {

TlsStream::TlsStream(int descriptor, const TlsContext& context) : ssl_(SSL_new(context.native())) {
  broken_ = !ssl_ || SSL_set_fd(ssl_.get(), descriptor) != 1;
  if (!broken_) SSL_set_accept_state(ssl_.get());
}

TlsStream::Status TlsStream::status_of(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return Status::kDone;
    case SSL_ERROR_WANT_READ:
      return Status::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Status::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Status::kEnd;
    default:
      broken_ = true;
      return Status::kFailed;
  }
}

TlsStream::Status TlsStream::handshake() {
  if (broken_) return Status::kFailed;
  ERR_clear_error();
  const Status status = status_of(SSL_do_handshake(ssl_.get()));
  if (status == Status::kFailed) {
    const int reason = ERR_GET_REASON(ERR_peek_error());
    met_plain_http_ = reason == SSL_R_HTTP_REQUEST;
  }
  return status;
}

TlsStream::Transfer TlsStream::read(std::span<char> into) {
  if (broken_) return {};
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
  return {status_of(result), bytes};
}

TlsStream::Transfer TlsStream::write(std::string_view bytes) {
  if (broken_) return {};
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return {status_of(result), written};
}

void TlsStream::close_notify() {
  if (broken_ || SSL_is_init_finished(ssl_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

}  // namespace meshtrace::net
