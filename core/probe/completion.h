// When to ask a store again, and when its answer is final. Time is a parameter: what has passed since the request.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace meshtrace::probe {

struct CompletionOptions {
  // Nothing is waited for longer than this.
  std::chrono::milliseconds timeout{30'000};
  // With no expected hops: a trace is complete when no span has come for so long. SDKs send every 5 s by default
  // (OTEL_BSP_SCHEDULE_DELAY), and a proxy's buffer is no quicker.
  std::chrono::milliseconds settle{6'000};
};

// A trace as one poll found it.
struct Sight {
  std::size_t spans = 0;
  bool joined = false;               // Tree::is_joined()
  std::optional<bool> all_expected;  // whether every expected hop is there; none: none was named
};

class Completion {
 public:
  explicit Completion(const CompletionOptions& options) : options_(options) {}

  // Whether it is complete: joined, and either with all that was expected, or unchanged in two polls and for the
  // settling time. What hangs in the air may still be joined by a span that is on its way, so that is waited for.
  bool add(const Sight& sight, std::chrono::milliseconds passed);

  // How long to wait for the next poll, often at first; none: the time is over.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next(std::chrono::milliseconds passed) const;

 private:
  CompletionOptions options_;
  std::size_t spans_ = 0;
  int unchanged_ = 0;
  std::chrono::milliseconds changed_at_{0};
};

}  // namespace meshtrace::probe
