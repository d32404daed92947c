#include "core/logs/hop_table.h"

#include <algorithm>
#include <tuple>

namespace meshtrace::logs {

std::uint32_t HopTable::find(std::string_view source, Direction direction) {
  if (last_ == nullptr || last_->first != source) {
    auto found = by_source_.find(source);
    if (found == by_source_.end()) {
      const std::string_view name = by_source_.size() < kMaxNames ? source : kOthers;
      found = by_source_.emplace(name, Numbers{}).first;
    }
    last_ = &*found;
  }
  std::uint32_t& number = last_->second[static_cast<std::size_t>(direction)];
  if (number == 0) {
    Hop& hop = hops_.emplace_back();
    hop.source = last_->first;
    hop.direction = direction;
    number = static_cast<std::uint32_t>(hops_.size());
  }
  return number - 1;
}

std::vector<Hop> HopTable::sorted() const {
  std::vector<Hop> hops = hops_;
  std::sort(hops.begin(), hops.end(), [](const Hop& a, const Hop& b) {
    return std::tie(a.source, a.direction) < std::tie(b.source, b.direction);
  });
  return hops;
}

}  // namespace meshtrace::logs
