// Leader election by a Lease (coordination.k8s.io/v1), with client-go's rules, so that it takes part in one election
// with programs of that kind. A state machine without sockets or clock: it says what to send next and is told what came
// back. net/client/leader.h drives it.
//
// Clocks of other machines are never compared: a Lease is expired when it has not changed for its duration by our own
// steady clock, counted from when we saw it change. Each write replaces exactly the version that was read.
//
// Stricter than client-go in one point: leadership is counted from the moment when the renewal was sent, not from when
// its reply came or the next one began. Others may count from any moment after the sending, so that no slow reply makes
// two leaders.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "kube/backoff.h"
#include "kube/reply.h"
#include "kube/request.h"
#include "kube/time.h"

namespace meshtrace::kube {

struct LeaseOptions {
  std::string ns;
  std::string name;
  std::string identity;                     // ours, different for every process that ever runs: host name and a UUID
  std::chrono::seconds lease_duration{15};  // others wait this long, after the last change that they saw
  std::chrono::seconds renew_deadline{10};  // the leader gives up when it could not renew for this long
  std::chrono::seconds retry_period{2};     // between two attempts; a candidate adds up to 1.2 times as much at random
};

// Refuses durations with which two could lead: lease_duration > renew_deadline > 1.2 × retry_period > 0.
Result<void> check_lease_options(const LeaseOptions& options);

class LeaderElector {
 public:
  // `options` must have passed check_lease_options().
  LeaderElector(LeaseOptions options, Random random);

  struct Step {
    std::optional<Request> request;  // send it now and tell what came; none: ask again at `wait_until`
    Moment wait_until{};
    bool finished = false;  // after release(): there is nothing more to do
  };
  Step next(Moment now, WallTime wall);
  void on_reply(const Reply& reply, Moment now);
  void on_no_reply(const Error& error, Moment now);

  // Whether we may write now. Ask before each write: it turns false by itself when renewals do not get through.
  [[nodiscard]] bool leading(Moment now) const { return leading_until_ && now < *leading_until_; }
  // When leading() turns false if no renewal gets through; nothing when we do not lead.
  [[nodiscard]] std::optional<Moment> leading_until() const { return leading_until_; }
  // Who held the Lease when it was last seen; empty: nobody, or not seen yet.
  [[nodiscard]] const std::string& holder() const { return seen_.holder; }
  // Why the last attempt could not read or write the Lease; empty when it could.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // Before the program ends, after its last write: gives the Lease up, so that another takes over at once. At most one
  // try; leading() is false from now on.
  void release();

 private:
  enum class Phase { kWaiting, kRenewing, kReading, kCreating, kUpdating, kReleaseReading, kReleasing, kFinished };
  // What client-go calls the LeaderElectionRecord; times as they stand there.
  struct Record {
    std::string holder;
    std::chrono::seconds duration{0};
    std::string acquired;
    std::int64_t transitions = 0;
    std::string renewed;
    friend bool operator==(const Record&, const Record&) = default;
  };

  Request request(WallTime wall);
  void on_read(const Reply& reply, Moment now);
  void on_written(const Reply& reply, Moment now);
  void see(const nlohmann::json& lease, Moment now);
  void attempt_failed(std::string problem, Moment now);
  [[nodiscard]] bool held_by_us() const { return seen_.holder == options_.identity; }
  [[nodiscard]] bool expired(Moment now) const { return now >= seen_at_ + seen_.duration; }
  [[nodiscard]] nlohmann::json lease_with(const Record& record) const;
  static Record record_of(const nlohmann::json& lease);
  static Result<nlohmann::json> parse_lease(const Reply& reply);

  LeaseOptions options_;
  Random random_;
  Resource resource_;
  Phase phase_ = Phase::kReading;
  Moment wait_until_{};   // kWaiting
  nlohmann::json lease_;  // as last read or written: its version is the precondition of the next write
  Record seen_;           // what the Lease last said
  Moment seen_at_{};      // when it began to say so
  Record writing_;        // what the write under way says
  Moment sent_at_{};      // when the request under way was sent
  std::optional<Moment> leading_until_;
  std::string problem_;
};

}  // namespace meshtrace::kube
