// Drives a kube::LeaderElector over an ApiClient of its own and tells the rest of the program whether it may write.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>

#include "kube/lease.h"
#include "net/client/api_client.h"

namespace meshtrace::net {

// What the other threads ask. Reads the clock at each question, so that a process that was stopped past its deadline
// and goes on finds that it leads no more.
class Leadership {
 public:
  [[nodiscard]] bool leading() const;

 private:
  friend class LeaderRunner;
  std::atomic<kube::Moment> until_{kube::Moment::min()};
};

// Called on the thread that runs the election.
struct LeaderHandlers {
  std::function<void()> on_started;                            // leading() has turned true
  std::function<void()> on_stopped;                            // it is false; it may be since a while
  std::function<void(const std::string& holder)> on_holder;    // another holder was seen; empty: none
  std::function<void(const std::string& problem)> on_problem;  // the Lease could not be read or written
};

// Runs until `stop` is requested; then gives the Lease up, if it is ours. Writers must have ended before. The client's
// request_timeout should be at most half of the renew deadline.
void run_leader_election(std::stop_token stop, ApiClient& client, kube::LeaderElector& elector, Leadership& leadership,
                         const LeaderHandlers& handlers);

}  // namespace meshtrace::net
