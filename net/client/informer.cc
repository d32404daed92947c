#include "net/client/informer.h"

#include <memory>
#include <random>
#include <utility>

#include "net/client/pause.h"

namespace meshtrace::net {
namespace {

using kube::Reflector;

class Informer {
 public:
  Informer(std::stop_token stop, ApiClient& client, Reflector& reflector, const InformerHandlers& handlers)
      : stop_(std::move(stop)), client_(client), reflector_(reflector), handlers_(handlers) {}

  void run() {
    while (!stop_.stop_requested()) {
      const Reflector::Step step = reflector_.next();
      if (step.delay.count() > 0) pause(stop_, step.delay);
      if (stop_.stop_requested()) return;
      if (step.kind == Reflector::Step::Kind::kList) {
        list(step.request);
      } else {
        watch(step.request);
      }
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool hand_on(const Reflector::Progress& progress) {
    if (progress.change) handlers_.on_change(*progress.change);
    if (progress.problem) handlers_.on_problem(*progress.problem);
    return progress.keep_reading;
  }

  void list(const kube::Request& request) {
    const auto reply = client_.send(request, stop_);
    if (stop_.stop_requested()) return;
    hand_on(reply ? reflector_.on_list_reply(*reply) : reflector_.on_no_reply(reply.error()));
  }

  void watch(const kube::Request& request) {
    const auto stream = client_.watch(request, stop_);
    if (stop_.stop_requested()) return;
    if (!stream) {
      hand_on(reflector_.on_no_reply(stream.error()));
      return;
    }
    if (!hand_on(reflector_.on_watch_reply((*stream)->reply(), Clock::now()))) return;
    handlers_.on_current();
    while (read_on(**stream)) {
    }
  }

  bool read_on(WatchStream& stream) {
    using Kind = WatchStream::Item::Kind;
    const WatchStream::Item item = stream.next(stop_);
    switch (item.kind) {
      case Kind::kLine:
        return hand_on(reflector_.on_watch_line(item.line));
      case Kind::kTooLong:
        return hand_on(reflector_.on_watch_line_too_long());
      case Kind::kEnd:
        hand_on(reflector_.on_watch_end(std::nullopt, Clock::now()));
        return false;
      case Kind::kBroken:
        hand_on(reflector_.on_watch_end(item.error, Clock::now()));
        return false;
      case Kind::kStopped:
        return false;
    }
    return false;
  }

  std::stop_token stop_;
  ApiClient& client_;
  Reflector& reflector_;
  const InformerHandlers& handlers_;
};

}  // namespace

kube::Random system_random() {
  auto engine = std::make_shared<std::minstd_rand>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>(0.0, 1.0)(*engine); };
}

void run_informer(std::stop_token stop, ApiClient& client, Reflector& reflector, const InformerHandlers& handlers) {
  Informer(std::move(stop), client, reflector, handlers).run();
}

}  // namespace meshtrace::net
