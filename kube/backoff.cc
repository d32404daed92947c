#include "kube/backoff.h"

#include <algorithm>
#include <utility>

namespace meshtrace::kube {
namespace {

// 2^20 times any sensible first delay is over any sensible cap; a larger shift would overflow.
constexpr int kMaxDoublings = 20;

}  // namespace

Backoff::Backoff(const BackoffOptions& options, Random random) : options_(options), random_(std::move(random)) {}

std::chrono::milliseconds Backoff::next() {
  const auto whole = std::min(options_.cap, options_.first * (1 << std::min(failures_, kMaxDoublings)));
  ++failures_;
  const double share = 0.5 + 0.5 * random_();
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * share));
}

}  // namespace meshtrace::kube
