// Sends Events on a thread of its own, so that a slow API server holds up no write. What is sent when is
// kube::EventRecorder's.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/writer.h"
#include "kube/events.h"

namespace meshtrace::controller {

class EventSender {
 public:
  EventSender(kube::EventRecorderOptions options, Send send);

  void record(const std::vector<kube::Event>& events);
  void run(const std::stop_token& stop);

 private:
  const Send send_;
  std::mutex mutex_;  // of everything below
  std::condition_variable_any signal_;
  kube::EventRecorder recorder_;
  bool news_ = false;
};

}  // namespace meshtrace::controller
