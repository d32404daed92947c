// From the bytes of a connection to one HTTP/1.1 request after the other, within limits, or to the status that refuses
// it. Beast parses; what it lets pass and should not (other transfer codings, a missing Host) is refused here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/server/http.h"

namespace meshtrace::net {

class RequestReader {
 public:
  struct Limits {
    std::size_t header_bytes = 0;  // request line and fields together; also one chunk header with its extensions
    std::size_t body_bytes = 0;    // after decoding
  };
  enum class Status {
    kNeedMore,
    kContinue,  // the head is there and the client waits for 100 Continue before it sends the body
    kDone,
    kRefused,
  };
  struct Fed {
    Status status = Status::kNeedMore;
    std::size_t consumed = 0;  // bytes that are not to be fed again
  };

  explicit RequestReader(const Limits& limits);
  ~RequestReader();

  // Reads on in `bytes`: what was left unconsumed the last time, and what has come since.
  Fed feed(std::string_view bytes);
  // Forgets the request and begins the next.
  void reset();

  [[nodiscard]] bool in_body() const;
  // Bytes of the body that have come so far.
  [[nodiscard]] std::size_t body_bytes() const;

  // After kDone:
  [[nodiscard]] Request request() const;
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool is_head() const;

  // After kRefused: what to answer before the connection is closed.
  [[nodiscard]] Response refusal() const;

 private:
  struct Parser;
  Limits limits_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace meshtrace::net
