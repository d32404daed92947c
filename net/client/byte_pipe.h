// What stands between cpprest's threads, which receive a reply, and the one thread of ours that waits for it: the
// reply's status, then its bytes, then its end. Bounded by back-pressure: while the reader is behind, cpprest is not
// told that its last piece was taken, and stops reading from the socket.
#pragma once

#include <pplx/pplxtasks.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "kube/reply.h"
#include "net/client/watch_stream.h"

namespace meshtrace::net {

class BytePipe {
 public:
  using Deadline = Exchange::Deadline;
  using Wait = Exchange::Wait;

  // Bytes that may wait for the reader before the writer is held back.
  static constexpr std::size_t kHighWater = 256u << 10;

  // The writer's side, from cpprest's threads.
  void answer(kube::Reply head);  // status and headers are known
  // Completes when the bytes were taken; with fewer than `bytes` once the reader is gone.
  pplx::task<std::size_t> put(std::string_view bytes);
  void finish(std::optional<Error> error);  // the end of the reply; an error: it was cut short

  // The reader's side. Each waits at most until the deadline, and not once `stop` is requested.
  Wait wait_answer(kube::Reply& head, std::stop_token stop, Deadline deadline);
  Wait take(std::string& bytes, std::stop_token stop, Deadline deadline);  // kReady: `bytes` is all there is
  [[nodiscard]] Error error() const;                                       // after kBroken
  // The reader is gone: what still comes is refused.
  void abandon();

 private:
  template <class Ready>
  Wait wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, Deadline deadline, Ready ready);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<kube::Reply> head_;
  std::string waiting_;
  std::optional<pplx::task_completion_event<std::size_t>> held_back_;
  std::size_t held_back_bytes_ = 0;
  bool finished_ = false;
  bool abandoned_ = false;
  std::optional<Error> error_;
};

}  // namespace meshtrace::net
