#include "controller/fights.h"

#include <algorithm>

namespace meshtrace::controller {

bool Fights::note(const WrittenField& written, kube::Moment now) {
  if (!reverts_.contains(written)) make_room();
  std::deque<kube::Moment>& reverts = reverts_[written];
  while (!reverts.empty() && now - reverts.front() >= options_.window) reverts.pop_front();
  reverts.push_back(now);
  if (reverts.size() < options_.reverts) return false;
  reverts_.erase(written);
  return true;
}

void Fights::make_room() {
  if (reverts_.size() < options_.max_fields) return;
  reverts_.erase(std::min_element(reverts_.begin(), reverts_.end(), [](const auto& left, const auto& right) {
    return left.second.back() < right.second.back();
  }));
}

}  // namespace meshtrace::controller
