#include "controller/marks.h"

#include <cstddef>
#include <set>
#include <utility>

namespace meshtrace::controller {

namespace {

// Refusals and fights are rare; a mark that no status will ever take (its policy is gone) must not stay for good.
constexpr std::size_t kMaxMarks = 1000;

}  // namespace

WrittenField written_field(const mesh::Target& target) {
  return {{target.kind, target.ns, target.name, target.field}, target.applied};
}

void Marks::set(const WrittenField& written, Mark mark) {
  if (marks_.size() >= kMaxMarks) marks_.clear();
  marks_.insert_or_assign(written, std::move(mark));
}

void Marks::mark(std::map<mesh::PolicyKey, std::vector<mesh::Target>>& recorded) {
  std::set<WrittenField> settled;
  for (auto& [policy, targets] : recorded) {
    for (mesh::Target& target : targets) {
      const auto found = marks_.find(written_field(target));
      if (found == marks_.end()) continue;
      if (target.state == found->second.state) {
        settled.insert(found->first);
      } else {
        target.state = found->second.state;
        target.message = found->second.message;
      }
    }
  }
  std::erase_if(marks_, [&](const auto& entry) { return settled.contains(entry.first); });
}

}  // namespace meshtrace::controller
