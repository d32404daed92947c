// How long to wait after a failure: exponential, capped, with jitter so that many clients of a server that comes back
// do not return all at once.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

namespace meshtrace::kube {

// Uniform in [0, 1). A parameter everywhere, so that tests choose it.
using Random = std::function<double()>;

struct BackoffOptions {
  std::chrono::milliseconds first{200};   // after the first failure
  std::chrono::milliseconds cap{10'000};  // policies are at most this stale once the server is back
};

// After `failures` + 1 failures in a row: between half and the whole of first × 2^failures, at most the cap.
std::chrono::milliseconds backoff_delay(const BackoffOptions& options, int failures, const Random& random);

class Backoff {
 public:
  Backoff(const BackoffOptions& options, Random random) : options_(options), random_(std::move(random)) {}

  std::chrono::milliseconds next() { return backoff_delay(options_, failures_++, random_); }
  void reset() { failures_ = 0; }

 private:
  BackoffOptions options_;
  Random random_;
  int failures_ = 0;
};

}  // namespace meshtrace::kube
