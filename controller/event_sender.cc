#include "controller/event_sender.h"

#include <chrono>
#include <utility>

#include "net/client/informer.h"

namespace meshtrace::controller {
namespace {

kube::WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

EventSender::EventSender(kube::EventRecorderOptions options, Send send)
    : send_(std::move(send)), recorder_(std::move(options), net::system_random()) {}

void EventSender::record(const std::vector<kube::Event>& events) {
  if (events.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const kube::Event& event : events) recorder_.record(event, std::chrono::steady_clock::now(), wall_now());
  news_ = true;
  signal_.notify_all();
}

void EventSender::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto step = recorder_.next(std::chrono::steady_clock::now());
    if (!step.request) {
      signal_.wait_until(lock, stop, step.wait_until, [this] { return news_; });
      news_ = false;
      continue;
    }
    lock.unlock();
    const auto reply = send_(*step.request);
    lock.lock();
    if (reply) {
      recorder_.on_reply(*reply, std::chrono::steady_clock::now());
    } else {
      recorder_.on_no_reply(std::chrono::steady_clock::now());
    }
  }
}

}  // namespace meshtrace::controller
