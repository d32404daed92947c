#include "core/probe/completion.h"

#include <algorithm>

namespace meshtrace::probe {
namespace {

constexpr int kUnchangedPolls = 2;
constexpr std::chrono::milliseconds kShortestWait{200};
constexpr std::chrono::milliseconds kLongestWait{2'000};

}  // namespace

bool Completion::add(const Sight& sight, std::chrono::milliseconds passed) {
  if (sight.spans != spans_) {
    spans_ = sight.spans;
    unchanged_ = 0;
    changed_at_ = passed;
  } else {
    ++unchanged_;
  }
  if (!sight.joined) return false;
  if (sight.all_expected) return *sight.all_expected;
  return unchanged_ >= kUnchangedPolls && passed - changed_at_ >= options_.settle;
}

std::optional<std::chrono::milliseconds> Completion::next(std::chrono::milliseconds passed) const {
  if (passed >= options_.timeout) return std::nullopt;
  const auto wait = std::clamp(passed / 4, kShortestWait, kLongestWait);
  return std::min(wait, options_.timeout - passed);
}

}  // namespace meshtrace::probe
