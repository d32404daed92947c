#include "net/server/response_writer.h"

#include <array>
#include <charconv>
#include <ctime>

namespace meshtrace::net {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

void append_response(std::string& out, const Response& response, const ResponseOptions& options) {
  out.reserve(out.size() + 256 + response.body.size());
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  append_field(out, "Date", options.date);
  append_field(out, "Content-Type", response.content_type);
  if (!response.allow.empty()) append_field(out, "Allow", response.allow);
  if (options.connection == ResponseOptions::Connection::kClose) append_field(out, "Connection", "close");
  out.append("Content-Length: ");
  append_number(out, response.body.size());
  out.append("\r\n\r\n");
  if (options.body == ResponseOptions::Body::kSend) out.append(response.body);
}

}  // namespace meshtrace::net
