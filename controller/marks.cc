#include "controller/marks.h"

#include <set>

namespace meshtrace::controller {

WrittenField written_field(const mesh::Target& target) {
  return {{target.kind, target.ns, target.name, target.field}, target.applied};
}

void Marks::mark(std::map<mesh::PolicyKey, std::vector<mesh::Target>>& recorded) {
  std::set<WrittenField> needed;
  for (auto& [policy, targets] : recorded) {
    for (mesh::Target& target : targets) {
      const auto found = marks_.find(written_field(target));
      if (found == marks_.end() || target.state == found->second.state) continue;
      target.state = found->second.state;
      target.message = found->second.message;
      needed.insert(found->first);
    }
  }
  std::erase_if(marks_, [&](const auto& entry) { return !needed.contains(entry.first); });
}

}  // namespace meshtrace::controller
