#include "net/client/byte_pipe.h"

#include <utility>

namespace meshtrace::net {

void BytePipe::answer(kube::Reply head) {
  const std::lock_guard lock(mutex_);
  head_ = std::move(head);
  changed_.notify_all();
}

pplx::task<std::size_t> BytePipe::put(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (abandoned_) return pplx::task_from_result<std::size_t>(0);
  waiting_ += bytes;
  changed_.notify_all();
  if (waiting_.size() <= kHighWater) return pplx::task_from_result(bytes.size());
  held_back_.emplace();
  held_back_bytes_ = bytes.size();
  return pplx::create_task(*held_back_);
}

void BytePipe::finish(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  error_ = std::move(error);
  changed_.notify_all();
}

template <class Ready>
BytePipe::Wait BytePipe::wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, Deadline deadline,
                              Ready ready) {
  changed_.wait_until(lock, stop, deadline, [&] { return ready() || finished_; });
  if (stop.stop_requested()) return Wait::kStopped;
  if (ready()) return Wait::kReady;
  if (!finished_) return Wait::kTimedOut;
  return error_ ? Wait::kBroken : Wait::kEnded;
}

BytePipe::Wait BytePipe::wait_answer(kube::Reply& head, std::stop_token stop, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const Wait result = wait(lock, stop, deadline, [&] { return head_.has_value(); });
  if (result == Wait::kReady) head = *head_;
  return result;
}

BytePipe::Wait BytePipe::take(std::string& bytes, std::stop_token stop, Deadline deadline) {
  std::optional<pplx::task_completion_event<std::size_t>> released;
  std::size_t count = 0;
  Wait result = Wait::kStopped;
  {
    std::unique_lock lock(mutex_);
    result = wait(lock, stop, deadline, [&] { return !waiting_.empty(); });
    if (result != Wait::kReady) return result;
    bytes = std::exchange(waiting_, {});
    released = std::exchange(held_back_, std::nullopt);
    count = held_back_bytes_;
  }
  if (released) released->set(count);
  return result;
}

Error BytePipe::error() const {
  const std::lock_guard lock(mutex_);
  return error_.value_or(Error{});
}

void BytePipe::abandon() {
  std::optional<pplx::task_completion_event<std::size_t>> released;
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    released = std::exchange(held_back_, std::nullopt);
    std::string().swap(waiting_);
  }
  if (released) released->set(0);
}

}  // namespace meshtrace::net
