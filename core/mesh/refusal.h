// What proxies have refused or another manager keeps undoing is not tried again until the policy says something else.
#pragma once

#include <string>

#include "core/mesh/facts.h"
#include "core/mesh/reasons.h"

namespace meshtrace::mesh {

// The policy's record that this very value was Rejected or Reverted at that place; null where it was not. `place` has
// kind, ns, name, field and applied.
const Target* refusal_of(const Facts& facts, const PolicyKey& policy, const Target& place);

// What to say of it.
Problem refusal_problem(const Target& refused);

}  // namespace meshtrace::mesh
