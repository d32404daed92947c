// Tells a change by somebody else from one that we want: remembers what stood as we had written it. Not synchronised.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/actions.h"
#include "controller/marks.h"
#include "core/mesh/plan.h"

namespace meshtrace::controller {

class Drift {
 public:
  // The plan and what it makes us write: what it records as applied, and does not write, stands.
  void look(const mesh::Plan& plan, const std::vector<Action>& actions);
  void wrote(const std::vector<WrittenField>& fields);

  // Whether a field of the action's stood with that very value.
  [[nodiscard]] bool stood(const Action& action) const;

  // Those of the action's fields that stood with that very value, so that somebody else has changed them since. Each
  // change is told once.
  std::vector<WrittenField> changed_by_others(const Action& action);

 private:
  std::map<ObjectField, std::string> standing_;  // the hash of what stands there
};

}  // namespace meshtrace::controller
