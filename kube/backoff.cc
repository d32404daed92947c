#include "kube/backoff.h"

#include <algorithm>
#include <cstdint>

namespace meshtrace::kube {
namespace {

// 2^20 times any sensible first delay is over any sensible cap; a larger shift would overflow.
constexpr int kMaxDoublings = 20;

}  // namespace

std::chrono::milliseconds backoff_delay(const BackoffOptions& options, int failures, const Random& random) {
  const auto whole = std::min(options.cap, options.first * (1 << std::min(failures, kMaxDoublings)));
  const double share = 0.5 + 0.5 * random();
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * share));
}

}  // namespace meshtrace::kube
