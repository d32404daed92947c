// Beast 1.74 asserts that five bytes are there where a peer that sends byte by byte makes them four; the code below
// that assertion is right for four. Without this line anybody could end a debug build.
#define BOOST_DISABLE_ASSERTS
#include "net/server/request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <utility>

namespace meshtrace::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

constexpr std::size_t kMaxFields = 64;                  // header fields; API servers send nine
constexpr std::size_t kMaxTargetBytes = 2048;           // request target; ours have twenty
constexpr std::size_t kTrustedReservation = 64u << 10;  // bytes set aside for a body that is only announced
constexpr std::size_t kKeptBodyBytes = 64u << 10;       // capacity that a connection keeps between requests

}  // namespace

struct RequestReader::Parser {
  // One message; Beast's parsers are not reusable.
  class Message final : public http::basic_parser<true> {
   public:
    explicit Message(Parser& owner) : owner_(owner) {
      header_limit(static_cast<std::uint32_t>(owner.limits.header_bytes));
      body_limit(owner.limits.body_bytes);
    }

   private:
    void on_request_impl(http::verb, string_view method, string_view target, int version, ErrorCode& error) override {
      owner_.version = version;
      owner_.method.assign(method.data(), method.size());
      if (target.size() > kMaxTargetBytes) return refuse(414, "the request target is too long", error);
      if (target.empty() || target.front() != '/') return refuse(400, "the request target must be a path", error);
      owner_.target.assign(target.data(), target.size());
    }
    void on_response_impl(int, string_view, int, ErrorCode&) override {}

    void on_field_impl(http::field name, string_view name_text, string_view value, ErrorCode& error) override {
      owner_.header_bytes += name_text.size() + value.size() + 4;  // ": " and the line's end
      if (owner_.header_bytes > owner_.limits.header_bytes || ++owner_.fields > kMaxFields) {
        return refuse(431, "the request header is too large", error);
      }
      if (owner_.head_done) return;  // a trailer
      switch (name) {
        case http::field::host:
          ++owner_.hosts;
          break;
        case http::field::content_type:
          owner_.content_type.assign(value.data(), value.size());
          break;
        case http::field::content_length:
          owner_.has_length = true;
          break;
        case http::field::transfer_encoding:
          owner_.has_length = true;
          if (!boost::beast::iequals(value, "chunked")) {
            refuse(501, "the only transfer coding that is understood is chunked", error);
          }
          break;
        case http::field::content_encoding:
          if (!boost::beast::iequals(value, "identity")) refuse(415, "the body must not be compressed", error);
          break;
        case http::field::expect:
          owner_.expects_continue = boost::beast::iequals(value, "100-continue");
          if (!owner_.expects_continue) refuse(417, "the only expectation that is understood is 100-continue", error);
          break;
        default:
          break;
      }
    }

    void on_header_impl(ErrorCode& error) override {
      owner_.head_done = true;
      const bool wants_body = owner_.method == "POST" || owner_.method == "PUT" || owner_.method == "PATCH";
      if (owner_.hosts > 1 || (owner_.hosts == 0 && owner_.version == 11)) {
        refuse(400, "the request must have one Host field", error);
      } else if (wants_body && !owner_.has_length) {
        refuse(411, "the request must say the length of its body, or send it in chunks", error);
      }
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
      const std::size_t announced = length ? static_cast<std::size_t>(*length) : 0;
      owner_.body.reserve(std::min(announced, kTrustedReservation) + kBodyPadding);
    }
    std::size_t on_body_impl(string_view bytes, ErrorCode&) override {
      owner_.body.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, ErrorCode&) override {
      owner_.body.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    void on_finish_impl(ErrorCode&) override { owner_.body.reserve(owner_.body.size() + kBodyPadding); }

    void refuse(int status, std::string_view why, ErrorCode& error) {
      owner_.refusal = {status, why};
      error = http::error::bad_field;  // any error stops the parser; `refusal` says which it really is
    }

    Parser& owner_;
  };

  explicit Parser(const Limits& l) : limits(l) { reset(); }

  void reset() {
    message.emplace(*this);
    method.clear();
    target.clear();
    content_type.clear();
    body.clear();
    if (body.capacity() > kKeptBodyBytes) std::string().swap(body);
    refusal = {};
    header_bytes = fields = hosts = 0;
    version = 0;
    head_done = has_length = expects_continue = false;
  }

  void refuse_for(const ErrorCode& error) {
    if (refusal.first != 0) return;
    if (error == http::error::body_limit) {
      refusal = {413, "the body is larger than this server accepts"};
    } else if (error == http::error::header_limit) {
      refusal = {431, "the request header is too large"};
    } else if (error == http::error::bad_version) {
      refusal = {505, "this server speaks HTTP/1.1"};
    } else {
      refusal = {400, "this is not a well-formed HTTP/1.1 request: "};
      detail = error.message();
    }
  }

  Limits limits;
  std::optional<Message> message;
  std::string method, target, content_type, body, detail;
  std::pair<int, std::string_view> refusal;  // status 0: none
  std::size_t header_bytes = 0, fields = 0, hosts = 0;
  int version = 0;
  bool head_done = false, has_length = false, expects_continue = false;
};

RequestReader::RequestReader(const Limits& limits) : limits_(limits), parser_(std::make_unique<Parser>(limits)) {}
RequestReader::~RequestReader() = default;

void RequestReader::reset() { parser_->reset(); }
bool RequestReader::in_body() const { return parser_->head_done; }
std::size_t RequestReader::body_bytes() const { return parser_->body.size(); }
bool RequestReader::is_head() const { return parser_->method == "HEAD"; }

RequestReader::Fed RequestReader::feed(std::string_view bytes) {
  Parser::Message& message = *parser_->message;
  std::size_t consumed = 0;
  while (!message.is_done()) {
    const bool in_head = !parser_->head_done;
    const std::string_view rest = bytes.substr(consumed);
    if (rest.empty()) return {Status::kNeedMore, consumed};
    ErrorCode error;
    consumed += message.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more) {
      if (bytes.size() - consumed < limits_.header_bytes) return {Status::kNeedMore, consumed};
      error = in_head ? http::error::header_limit : http::error::bad_chunk;
    }
    if (error) {
      parser_->refuse_for(error);
      return {Status::kRefused, consumed};
    }
    const bool head_came = in_head && parser_->head_done;
    if (head_came && parser_->expects_continue && !message.is_done() && consumed == bytes.size()) {
      return {Status::kContinue, consumed};
    }
  }
  return {Status::kDone, consumed};
}

Request RequestReader::request() const {
  const std::string_view target = parser_->target;
  const std::size_t question = target.find('?');
  Request request;
  request.method = parser_->method;
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  request.content_type = parser_->content_type;
  request.body = parser_->body;
  return request;
}

bool RequestReader::keep_alive() const { return parser_->version == 11 && parser_->message->keep_alive(); }

Response RequestReader::refusal() const {
  Response response;
  response.status = parser_->refusal.first;
  response.body = std::string(parser_->refusal.second) + parser_->detail + "\n";
  return response;
}

}  // namespace meshtrace::net
