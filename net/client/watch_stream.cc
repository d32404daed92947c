#include "net/client/watch_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meshtrace::net {

Result<kube::Reply> read_reply(Exchange& exchange, std::size_t max_bytes, const std::stop_token& stop,
                               Exchange::Deadline deadline) {
  kube::Reply reply;
  Exchange::Wait wait = exchange.wait_answer(reply, stop, deadline);
  std::string piece;
  while (wait == Exchange::Wait::kReady) {
    wait = exchange.take(piece, stop, deadline);
    if (wait != Exchange::Wait::kReady) break;
    if (piece.size() > max_bytes - reply.body.size()) {
      return fail({}, fmt::format("the reply is longer than {} bytes", max_bytes));
    }
    reply.body += piece;
  }
  if (wait == Exchange::Wait::kEnded && reply.status != 0) return reply;
  return tl::make_unexpected(exchange.failure(wait));
}

WatchStream::WatchStream(std::unique_ptr<Exchange> exchange, kube::Reply reply, std::chrono::seconds idle_timeout)
    : exchange_(std::move(exchange)), reply_(std::move(reply)), idle_timeout_(idle_timeout) {}

WatchStream::Item WatchStream::next(const std::stop_token& stop) {
  std::string piece;
  while (lines_.empty()) {
    if (too_long_) return {Item::Kind::kTooLong, {}, {}};
    const auto deadline = std::chrono::steady_clock::now() + idle_timeout_;
    const Exchange::Wait wait = exchange_->take(piece, stop, deadline);
    if (wait == Exchange::Wait::kStopped) return {Item::Kind::kStopped, {}, {}};
    if (wait == Exchange::Wait::kEnded) {
      std::string rest = splitter_.take_rest();
      if (rest.empty()) return {Item::Kind::kEnd, {}, {}};
      return {Item::Kind::kLine, std::move(rest), {}};
    }
    if (wait != Exchange::Wait::kReady) return {Item::Kind::kBroken, {}, exchange_->failure(wait)};
    too_long_ = !splitter_.feed(piece, [this](std::string line) { lines_.push_back(std::move(line)); });
    std::reverse(lines_.begin(), lines_.end());
  }
  Item item{Item::Kind::kLine, std::move(lines_.back()), {}};
  lines_.pop_back();
  return item;
}

}  // namespace meshtrace::net
