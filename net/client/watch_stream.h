// A request under way, and a watch's reply as lines.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "kube/line_splitter.h"
#include "kube/reply.h"

namespace meshtrace::net {

// One request and its reply, while it comes in. Destroying it closes the connection, unless all was read.
class Exchange {
 public:
  virtual ~Exchange() = default;

  using Deadline = std::chrono::steady_clock::time_point;
  enum class Wait { kReady, kEnded, kBroken, kTimedOut, kStopped };
  virtual Wait wait_answer(kube::Reply& head, std::stop_token stop, Deadline deadline) = 0;
  virtual Wait take(std::string& bytes, std::stop_token stop, Deadline deadline) = 0;
  // Why a wait gave kBroken, kTimedOut or kStopped.
  [[nodiscard]] virtual Error failure(Wait wait) const = 0;
};

// The whole reply, or why it is not whole.
Result<kube::Reply> read_reply(Exchange& exchange, std::size_t max_bytes, const std::stop_token& stop,
                               Exchange::Deadline deadline);

class WatchStream {
 public:
  WatchStream(std::unique_ptr<Exchange> exchange, kube::Reply reply, std::chrono::seconds idle_timeout);

  // Anything but 200 is a refusal, whose body is here and which has no lines.
  [[nodiscard]] const kube::Reply& reply() const { return reply_; }

  struct Item {
    enum class Kind { kLine, kTooLong, kEnd, kBroken, kStopped } kind;
    std::string line;
    Error error;  // of kBroken
  };
  Item next(const std::stop_token& stop);

 private:
  std::unique_ptr<Exchange> exchange_;
  kube::Reply reply_;
  std::chrono::seconds idle_timeout_;
  kube::LineSplitter splitter_;
  std::vector<std::string> lines_;  // split but not given out yet, the next one last
  bool too_long_ = false;
};

}  // namespace meshtrace::net
