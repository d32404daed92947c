#include "net/client/web_exchange.h"

#include <cpprest/base_uri.h>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace meshtrace::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using SecureStream = beast::ssl_stream<beast::tcp_stream>;

// What of a URL the steps need.
struct Target {
  std::string host;  // without the brackets of an IPv6 address
  std::string port;
  std::string authority;    // the Host header
  std::string path;         // with the query
  std::string server_name;  // that the certificate must be for
  bool secure = false;
};

Target target_of(const WebRequest& request) {
  const web::uri uri(request.url);
  Target target;
  target.secure = uri.scheme() == "https";
  target.host = uri.host();
  if (target.host.starts_with('[')) target.host = target.host.substr(1, target.host.size() - 2);
  target.port = uri.port() > 0 ? std::to_string(uri.port()) : target.secure ? "443" : "80";
  target.authority = request.host;
  if (target.authority.empty()) target.authority = uri.port() > 0 ? uri.host() + ":" + target.port : uri.host();
  target.path = uri.path() + (uri.query().empty() ? "" : "?" + uri.query());
  target.server_name = request.host.empty() ? target.host : request.host;
  return target;
}

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

http::request<http::string_body> message_of(const WebRequest& request, const Target& target,
                                            const std::string& user_agent) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(target.path);
  message.set(http::field::host, target.authority);
  message.set(http::field::connection, "close");
  for (const auto* headers : {&request.headers, &request.private_headers}) {
    for (const auto& [name, value] : *headers) message.insert(name, value);
  }
  if (message.find(http::field::user_agent) == message.end()) message.set(http::field::user_agent, user_agent);
  const bool has_type = message.find(http::field::content_type) != message.end();
  if (!request.body.empty() && !has_type) message.set(http::field::content_type, "application/x-www-form-urlencoded");
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

// The steps of an exchange, each begun by the one before it. The deadline and a stop request end any of them.
template <class Stream>
class Steps {
 public:
  Steps(asio::io_context& io, Stream& stream, const Target& target, http::request<http::string_body> message,
        std::size_t max_body_bytes)
      : stream_(stream),
        resolver_(io),
        target_(target),
        message_(std::move(message)),
        max_body_bytes_(max_body_bytes) {}

  void start() {
    resolver_.async_resolve(target_.host, target_.port,
                            [this](error_code error, const tcp::resolver::results_type& found) {
                              if (!ended(error)) connect(found);
                            });
  }

  // Of the step that failed; a step that was not reached leaves it as it is.
  [[nodiscard]] error_code error() const { return error_; }
  [[nodiscard]] std::optional<WebReply> take_reply() { return std::exchange(reply_, std::nullopt); }

 private:
  bool ended(error_code error) {
    error_ = error;
    return static_cast<bool>(error);
  }

  void connect(const tcp::resolver::results_type& found) {
    beast::get_lowest_layer(stream_).async_connect(found, [this](error_code error, const tcp::endpoint&) {
      if (!ended(error)) secure();
    });
  }

  void secure() {
    if constexpr (std::is_same_v<Stream, SecureStream>) {
      stream_.async_handshake(asio::ssl::stream_base::client, [this](error_code error) {
        if (!ended(error)) send();
      });
    } else {
      send();
    }
  }

  void send() {
    http::async_write(stream_, message_, [this](error_code error, std::size_t) {
      if (!ended(error)) read_head();
    });
  }

  void read_head() {
    parser_.emplace();
    parser_->header_limit(kMaxReplyHeadBytes);
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // ours cuts, and does not fail
    parser_->skip(message_.method() == http::verb::head);
    http::async_read_header(stream_, buffer_, *parser_, [this](error_code error, std::size_t) {
      if (ended(error)) return;
      // 100 Continue, 103 Early Hints: the reply itself is still to come.
      const bool is_interim = parser_->get().result_int() / 100 == 1;
      return is_interim ? read_head() : read_body();
    });
  }

  void read_body() {
    if (parser_->is_done() || parser_->get().body().size() > max_body_bytes_) return finish();
    http::async_read_some(stream_, buffer_, *parser_, [this](error_code error, std::size_t) {
      // Many servers end a TLS connection without saying so first.
      if (error == asio::ssl::error::stream_truncated && parser_->get().need_eof()) return finish();
      if (!ended(error)) read_body();
    });
  }

  void finish() {
    error_ = {};
    auto& message = parser_->get();
    reply_.emplace();
    reply_->status = static_cast<int>(message.result_int());
    for (const auto& field : message) reply_->headers.emplace_back(field.name_string(), field.value());
    reply_->body = std::move(message.body());
    reply_->body_is_whole = reply_->body.size() <= max_body_bytes_;
    if (!reply_->body_is_whole) reply_->body.resize(max_body_bytes_);
  }

  Stream& stream_;
  tcp::resolver resolver_;
  const Target& target_;
  http::request<http::string_body> message_;
  std::size_t max_body_bytes_;
  beast::flat_buffer buffer_{kMaxReplyHeadBytes + (64u << 10)};
  std::optional<http::response_parser<http::string_body>> parser_;
  error_code error_;
  std::optional<WebReply> reply_;
};

template <class Stream>
Result<WebReply> run(asio::io_context& io, Stream& stream, const Target& target, const WebRequest& request,
                     const WebExchangeOptions& options, const std::stop_token& stop) {
  Steps<Stream> steps(io, stream, target, message_of(request, target, options.user_agent), options.max_body_bytes);
  steps.start();
  {
    const std::stop_callback on_stop(stop, [&io] { io.stop(); });
    io.run_for(request.timeout);
  }
  if (auto reply = steps.take_reply()) return *std::move(reply);
  if (stop.stop_requested()) return fail({}, "stopped");
  if (!steps.error()) return fail({}, "no reply in time");
  const std::string refusal = options.verify ? options.tls.take_refusal() : std::string();
  return fail({}, refusal.empty() ? steps.error().message() : refusal);
}

// Whom the server must be, for SNI (which takes no address: RFC 6066, section 3) and for its certificate.
void name_server(SSL* tls, const std::string& name) {
  if (is_address(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name.c_str());
  } else {
    SSL_set_tlsext_host_name(tls, name.c_str());
    SSL_set1_host(tls, name.c_str());
  }
}

}  // namespace

Result<WebReply> exchange(const WebRequest& request, const WebExchangeOptions& options, const std::stop_token& stop) {
  const Target target = target_of(request);
  asio::io_context io(1);
  if (!target.secure) {
    beast::tcp_stream stream(io);
    return run(io, stream, target, request, options, stop);
  }
  asio::ssl::context context(asio::ssl::context::tls_client);
  options.tls.apply(context.native_handle());
  context.set_verify_mode(options.verify ? asio::ssl::verify_peer : asio::ssl::verify_none);
  SecureStream stream(io, context);
  name_server(stream.native_handle(), target.server_name);
  return run(io, stream, target, request, options, stop);
}

}  // namespace meshtrace::net
