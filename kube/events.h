// Events of the events.k8s.io/v1 API, aggregated as client-go's recorder of that API does: the first of a kind is
// created; a second one within six minutes turns it into a series; further ones only count, and the count is written
// every half hour and when the series has ended. Of a kind are Events of one object with one type, reason and action,
// whatever their notes say. Sending is limited in rate, memory in number.
//
// A state machine without sockets or clock, not synchronised: it says what to send next and is told what came back.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>

#include "core/base/result.h"
#include "kube/backoff.h"
#include "kube/reply.h"
#include "kube/request.h"
#include "kube/time.h"

namespace meshtrace::kube {

// What an Event is about.
struct ObjectReference {
  std::string api_version;
  std::string kind;
  std::string ns;  // empty: the object has none; its Events are in `default`
  std::string name;
  std::string uid = {};
  friend auto operator<=>(const ObjectReference&, const ObjectReference&) = default;
};

struct Event {
  enum class Type { kNormal, kWarning } type = Type::kNormal;
  ObjectReference regarding;
  std::string reason;  // why, one CamelCase word: "Rejected"
  std::string action;  // what was done: "WriteMeshConfig"
  std::string note;    // for people; cut at 1,024 bytes
};

struct EventRecorderOptions {
  std::string reporting_controller;  // "meshtrace.io/controller": a name with a domain
  std::string reporting_instance;    // the pod's name
  std::size_t max_kinds = 4096;      // remembered at once; a new one on top is dropped
  double per_second = 5;             // requests, in the long run
  double burst = 50;                 // requests at once
};

class EventRecorder {
 public:
  EventRecorder(EventRecorderOptions options, Random random);

  void record(const Event& event, Moment now, WallTime wall);

  struct Step {
    std::optional<Request> request;  // send it now and tell what came; none: ask again at `wait_until`
    Moment wait_until{};             // Moment::max(): when something was recorded
  };
  Step next(Moment now);
  void on_reply(const Reply& reply, Moment now);
  void on_no_reply(Moment now);

  // Events that were given up: too many kinds, refused by the API server, or not sent after twelve tries.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  // Regarding, type, reason, action.
  using Kind = std::tuple<ObjectReference, Event::Type, std::string, std::string>;
  struct Remembered {
    nlohmann::json event;  // as it is to stand in the API server
    int count = 1;
    int written = 0;  // the count that the API server has; 0: the Event is not there
    Moment seen;      // the last one
    Moment written_at{};
    int tries = 0;  // in a row that failed
    bool queued = false;
  };
  using Kinds = std::map<Kind, Remembered>;

  nlohmann::json first_of(const Event& event, WallTime wall);
  void enqueue(Kinds::iterator kind);
  void sweep(Moment now);
  Moment allowed_at(Moment now);
  void written(Kinds::iterator kind, int count, Moment now);
  void try_again(Kinds::iterator kind, std::chrono::milliseconds delay, Moment now);
  void give_up(Kinds::iterator kind);
  [[nodiscard]] Request request_for(const Remembered& remembered) const;

  EventRecorderOptions options_;
  Random random_;
  Kinds kinds_;
  std::deque<Kinds::iterator> queue_;
  int sent_count_ = 0;   // of the request under way, which is about queue_.front()
  Moment not_before_{};  // the next request
  Moment next_sweep_{};
  double tokens_;  // of the rate limit
  Moment tokens_at_{};
  std::int64_t last_id_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace meshtrace::kube
