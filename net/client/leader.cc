#include "net/client/leader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/client/pause.h"

namespace meshtrace::net {
namespace {

using Clock = std::chrono::steady_clock;

kube::WallTime wall_now() {
  return std::chrono::time_point_cast<kube::WallTime::duration>(std::chrono::system_clock::now());
}

}  // namespace

bool Leadership::leading() const { return Clock::now() < until_.load(); }

class LeaderRunner {
 public:
  LeaderRunner(std::stop_token stop, ApiClient& client, kube::LeaderElector& elector, Leadership& leadership,
               const LeaderHandlers& handlers)
      : stop_(std::move(stop)), client_(client), elector_(elector), leadership_(leadership), handlers_(handlers) {}

  void run() {
    bool releasing = false;
    for (;;) {
      if (stop_.stop_requested() && !std::exchange(releasing, true)) elector_.release();
      const auto step = elector_.next(Clock::now(), wall_now());
      report();
      if (step.finished) return;
      if (step.request) {
        send(*step.request, releasing);
        report();
      } else {
        wait_until(step.wait_until);
      }
    }
  }

 private:
  void send(const kube::Request& request, bool releasing) {
    // Giving the Lease up is worth the client's time-out after `stop` too.
    const auto reply = client_.send(request, releasing ? std::stop_token() : stop_);
    if (reply) {
      elector_.on_reply(*reply, Clock::now());
    } else if (!stop_.stop_requested() || releasing) {
      elector_.on_no_reply(reply.error(), Clock::now());
    }
  }

  void wait_until(kube::Moment moment) {
    // Not beyond the end of our leadership, so that on_stopped comes in time.
    if (const auto end = elector_.leading_until()) moment = std::min(moment, *end);
    pause(stop_, std::chrono::ceil<std::chrono::milliseconds>(moment - Clock::now()));
  }

  void report() {
    leadership_.until_ = elector_.leading_until().value_or(kube::Moment::min());
    const bool leads = leadership_.leading();
    if (std::exchange(led_, leads) != leads) (leads ? handlers_.on_started : handlers_.on_stopped)();
    if (elector_.holder() != holder_) handlers_.on_holder(holder_ = elector_.holder());
    if (elector_.problem() != problem_ && !(problem_ = elector_.problem()).empty()) handlers_.on_problem(problem_);
  }

  std::stop_token stop_;
  ApiClient& client_;
  kube::LeaderElector& elector_;
  Leadership& leadership_;
  const LeaderHandlers& handlers_;
  bool led_ = false;
  std::string holder_;   // as last reported
  std::string problem_;  // likewise
};

void run_leader_election(std::stop_token stop, ApiClient& client, kube::LeaderElector& elector, Leadership& leadership,
                         const LeaderHandlers& handlers) {
  LeaderRunner(std::move(stop), client, elector, leadership, handlers).run();
}

}  // namespace meshtrace::net
