#include "controller/drift.h"

#include <algorithm>
#include <set>

namespace meshtrace::controller {

void Drift::look(const mesh::Plan& plan, const std::vector<Action>& actions) {
  std::set<ObjectField> written;
  for (const Action& action : actions) {
    for (const WrittenField& one : action.fields) written.insert(one.field);
  }
  std::map<ObjectField, std::string> standing;
  for (const auto& [policy, outcome] : plan.outcomes) {
    for (const mesh::Target& target : outcome.targets) {
      const WrittenField one = written_field(target);
      const auto before = standing_.find(one.field);
      if (!written.contains(one.field)) {
        if (target.state == mesh::kStateApplied) standing[one.field] = one.applied;
      } else if (before != standing_.end()) {
        standing[one.field] = before->second;
      }
    }
  }
  standing_ = std::move(standing);
}

void Drift::wrote(const std::vector<WrittenField>& fields) {
  for (const WrittenField& one : fields) standing_[one.field] = one.applied;
}

bool Drift::stood(const Action& action) const {
  return std::any_of(action.fields.begin(), action.fields.end(), [this](const WrittenField& one) {
    const auto found = standing_.find(one.field);
    return found != standing_.end() && found->second == one.applied;
  });
}

std::vector<WrittenField> Drift::changed_by_others(const Action& action) {
  std::vector<WrittenField> changed;
  for (const WrittenField& one : action.fields) {
    const auto found = standing_.find(one.field);
    if (found == standing_.end() || found->second != one.applied) continue;
    standing_.erase(found);
    changed.push_back(one);
  }
  return changed;
}

}  // namespace meshtrace::controller
