// Who states limits of request headers: EnvoyFilters, and TracingPolicies for which the controller writes one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/audit/paths.h"
#include "core/audit/snapshot.h"

namespace meshtrace::audit {

// Everything that states a limit. Mostly next to nothing, so that a node's limits are found quickly.
std::vector<const Object*> find_limiting(const Snapshot& snapshot);

// What an object itself says, and where.
struct StatedLimits {
  std::optional<int> kb;
  std::string kb_field;
  std::optional<int> count;
  std::string count_field;
};
StatedLimits limits_stated_by(const Object& object);

// The limits in effect at a node, of the objects that find_limiting() gave.
HeaderLimits find_limits(const Snapshot& snapshot, const std::vector<const Object*>& limiting, const PathNode& node,
                         PatchContext context);

}  // namespace meshtrace::audit
