// A limit on requests per second: whatever goes wrong elsewhere, the API server is not flooded from here.
#pragma once

#include <algorithm>
#include <chrono>

#include "kube/time.h"

namespace meshtrace::controller {

struct PaceOptions {
  double per_second = 100;  // in the long run; a mesh-wide edit of 1,000 policies takes ten seconds
  double burst = 200;       // at once, after a rest
};

// A token bucket.
class Pace {
 public:
  explicit Pace(const PaceOptions& options = {}) : options_(options), tokens_(options.burst) {}

  // When the next request may go; `now` or earlier: at once. take() counts it.
  [[nodiscard]] kube::Moment next(kube::Moment now) {
    refill(now);
    if (tokens_ >= 1) return now;
    const std::chrono::duration<double> wait((1 - tokens_) / options_.per_second);
    return now + std::chrono::ceil<std::chrono::milliseconds>(wait);
  }
  void take() { tokens_ -= 1; }

 private:
  void refill(kube::Moment now) {
    const double seconds = std::chrono::duration<double>(now - refilled_).count();
    tokens_ = std::min(options_.burst, tokens_ + std::max(0.0, seconds) * options_.per_second);
    refilled_ = now;
  }

  PaceOptions options_;
  double tokens_;
  kube::Moment refilled_{};
};

}  // namespace meshtrace::controller
