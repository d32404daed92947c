#include "core/logs/recent.h"

#include <utility>

namespace meshtrace::logs {

void Recent::prefetch(std::uint64_t key) const {
  if (!buckets_.empty()) __builtin_prefetch(&buckets_[key & (buckets_.size() - 1)], /*rw=*/1);
}

std::optional<Recent::Difference> Recent::compare(const Seen& now) {
  if (now.key == 0) return std::nullopt;
  if (buckets_.empty()) buckets_.resize(capacity_ / 2);
  auto& entries = buckets_[now.key & (buckets_.size() - 1)].entries;
  if (entries[1].key == now.key) std::swap(entries[0], entries[1]);
  Seen& entry = entries[0];
  if (entry.key != now.key) {
    if (entries[1].key != 0) ++forgotten_;
    entries[1] = entry;
    entry = now;
    return std::nullopt;
  }
  const bool was_told = entry.is_told;
  const bool is_earlier = now.time < entry.time;
  if (entry.value == now.value) {
    if (is_earlier) entry = now;
    entry.is_told = was_told;
    return std::nullopt;
  }
  const Difference difference{is_earlier ? now : entry, is_earlier ? entry : now};
  entry = now;
  entry.is_told = !is_earlier;
  if (is_earlier && was_told) return std::nullopt;
  return difference;
}

}  // namespace meshtrace::logs
