#include "net/client/http_get.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <utility>

namespace meshtrace::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

// Of the reply; istiod's are some hundred bytes.
constexpr std::uint32_t kMaxHeaderBytes = 16u << 10;

class PlainGet {
 public:
  PlainGet(const HttpGet& get, const asio::ip::address& address) : get_(get), endpoint_(address, get.port) {
    request_.method(http::verb::get);
    request_.target(get.path);
    request_.version(11);
    request_.set(http::field::host, host());
    request_.set(http::field::user_agent, "meshtrace");
    request_.set(http::field::connection, "close");
    if (!get.bearer_token.empty()) request_.set(http::field::authorization, "Bearer " + get.bearer_token);
    parser_.body_limit(get.max_bytes);
    parser_.header_limit(kMaxHeaderBytes);
  }

  Result<HttpReply> run(const std::stop_token& stop) {
    stream_.expires_after(get_.timeout);
    stream_.async_connect(endpoint_, [this](error_code error) { connected(error); });
    {
      const std::stop_callback on_stop(stop, [this] { io_.stop(); });
      io_.run();
    }
    if (stop.stop_requested()) return fail(where(), "stopped");
    if (error_) return fail(where(), error_ == beast::error::timeout ? "no whole reply in time" : error_.message());
    return HttpReply{static_cast<int>(parser_.get().result_int()), std::move(parser_.get().body())};
  }

 private:
  void connected(error_code error) {
    if ((error_ = error)) return;
    http::async_write(stream_, request_, [this](error_code written, std::size_t) { sent(written); });
  }

  // The header apart: read at once with its body, Boost 1.74 forgets that Content-Length was over the limit.
  void sent(error_code error) {
    if ((error_ = error)) return;
    http::async_read_header(stream_, buffer_, parser_, [this](error_code read, std::size_t) { read_body(read); });
  }

  void read_body(error_code error) {
    if ((error_ = error)) return;
    http::async_read(stream_, buffer_, parser_, [this](error_code read, std::size_t) { error_ = read; });
  }

  [[nodiscard]] std::string host() const {
    const bool v6 = endpoint_.address().is_v6();
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", get_.address, v6 ? "]" : "", get_.port);
  }

  [[nodiscard]] std::string where() const { return "http://" + host() + get_.path; }

  const HttpGet& get_;
  asio::ip::tcp::endpoint endpoint_;
  asio::io_context io_{1};
  beast::tcp_stream stream_{io_};
  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_{64u << 10};
  http::response_parser<http::string_body> parser_;
  error_code error_;
};

}  // namespace

Result<HttpReply> http_get(const HttpGet& get, const std::stop_token& stop) {
  error_code error;
  const auto address = asio::ip::make_address(get.address, error);
  if (error) return fail("http_get", "no IP address: " + get.address);
  return PlainGet(get, address).run(stop);
}

}  // namespace meshtrace::net
