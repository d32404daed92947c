// An HTTP request and its response as plain values: what a handler of net/server sees. No sockets, no parsing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace meshtrace::net {

// Readable bytes after Request::body, their content unspecified: SIMD parsers read past the end.
inline constexpr std::size_t kBodyPadding = 64;

// All views are valid during the handler's call alone.
struct Request {
  std::string_view method;        // "GET", as sent: methods are case-sensitive
  std::string_view path;          // without the query; as sent, not percent-decoded
  std::string_view query;         // without its question mark
  std::string_view content_type;  // empty if there is none
  std::string_view body;
  std::string_view peer;  // "10.0.0.7:41234", "[fd00::7]:41234"
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow;  // for 405: the methods that the path has
};

// Called on the server's threads, several at once. It runs to its end before its thread serves another connection, so
// it must neither block nor wait. The server answers HEAD as GET without the body.
using Handler = std::function<Response(const Request&)>;

}  // namespace meshtrace::net
