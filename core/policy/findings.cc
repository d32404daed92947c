#include "core/policy/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meshtrace::policy {

void Findings::add(std::string path, std::string message) {
  if (kept_.size() == kMaxFindings) {
    ++more_;
    return;
  }
  kept_.push_back({std::move(path), std::move(message)});
}

bool Findings::any_at(std::string_view path) const {
  return std::any_of(kept_.begin(), kept_.end(), [&](const FieldError& found) {
    return found.path.starts_with(path) &&
           (found.path.size() == path.size() || found.path[path.size()] == '.' || found.path[path.size()] == '[');
  });
}

std::vector<FieldError> Findings::take() {
  if (more_ > 0) kept_.push_back({"spec", fmt::format("and {} more", more_)});
  more_ = 0;
  return std::exchange(kept_, {});
}

}  // namespace meshtrace::policy
