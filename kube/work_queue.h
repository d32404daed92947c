// Keys of what is to be looked at again, with client-go's workqueue semantics: a key waits once however often it is
// added, is never in the hands of two workers, and when it was added while in hand it comes again afterwards. A key
// that failed comes back after a delay that doubles with each failure; a key can be put off, so that a burst of changes
// becomes one look.
//
// Reads no clock, waits for nothing and is not synchronised: its owner does all three.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "kube/backoff.h"
#include "kube/time.h"

namespace meshtrace::kube {

struct WorkQueueFigures {
  std::size_t depth = 0;                    // ready, not yet in hand
  std::size_t delayed = 0;                  // waiting for their moment
  std::size_t in_flight = 0;                // in hand
  std::uint64_t adds = 0;                   // since the start; what was waiting already does not count again
  std::uint64_t retries = 0;                // since the start
  std::chrono::milliseconds oldest_age{0};  // of the key that is ready for longest
};

template <class Key>
class WorkQueue {
 public:
  // `backoff` is what retry() waits: BackoffOptions{5 ms, 1000 s} would be client-go's.
  WorkQueue(BackoffOptions backoff, Random random) : backoff_(backoff), random_(std::move(random)) {}

  void add(const Key& key, Moment now) {
    if (!dirty_.insert(key).second) return;
    ++adds_;
    if (!in_flight_.contains(key)) ready_.push_back({key, now});
  }

  // Not before `delay` has passed; of several delays of one key the earliest moment counts.
  void add_after(const Key& key, std::chrono::milliseconds delay, Moment now) {
    if (delay.count() <= 0) return add(key, now);
    const auto [known, added] = delayed_.try_emplace(key, now + delay);
    if (!added) known->second = std::min(known->second, now + delay);
  }

  // After a failure: adds it after the back-off of this key's failures in a row. forget() ends the row.
  std::chrono::milliseconds retry(const Key& key, Moment now) {
    const auto delay = backoff_delay(backoff_, failures_[key]++, random_);
    ++retries_;
    add_after(key, delay, now);
    return delay;
  }
  void forget(const Key& key) { failures_.erase(key); }
  [[nodiscard]] int failures(const Key& key) const {
    const auto found = failures_.find(key);
    return found == failures_.end() ? 0 : found->second;
  }

  // The next key, now in hand until done(); nothing when none is ready.
  std::optional<Key> take(Moment now) {
    release_due(now);
    if (ready_.empty()) return std::nullopt;
    Key key = std::move(ready_.front().key);
    ready_.pop_front();
    dirty_.erase(key);
    in_flight_.insert(key);
    return key;
  }
  void done(const Key& key, Moment now) {
    if (in_flight_.erase(key) > 0 && dirty_.contains(key)) ready_.push_back({key, now});
  }

  // When the next delayed key will be ready; nothing when none is delayed.
  [[nodiscard]] std::optional<Moment> next_due() const {
    const auto first = std::min_element(delayed_.begin(), delayed_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    return first == delayed_.end() ? std::nullopt : std::optional(first->second);
  }

  [[nodiscard]] WorkQueueFigures figures(Moment now) const {
    WorkQueueFigures figures{ready_.size(), delayed_.size(), in_flight_.size(), adds_, retries_, {}};
    if (!ready_.empty()) {
      figures.oldest_age = std::chrono::duration_cast<std::chrono::milliseconds>(now - ready_.front().since);
    }
    return figures;
  }

 private:
  struct Ready {
    Key key;
    Moment since;
  };

  void release_due(Moment now) {
    for (auto delayed = delayed_.begin(); delayed != delayed_.end();) {
      if (delayed->second > now) {
        ++delayed;
        continue;
      }
      add(delayed->first, delayed->second);
      delayed = delayed_.erase(delayed);
    }
  }

  BackoffOptions backoff_;
  Random random_;
  std::deque<Ready> ready_;
  std::set<Key> dirty_;      // to be looked at: ready, or in hand and added again
  std::set<Key> in_flight_;  // in hand
  std::map<Key, Moment> delayed_;
  std::map<Key, int> failures_;
  std::uint64_t adds_ = 0;
  std::uint64_t retries_ = 0;
};

}  // namespace meshtrace::kube
