// A decision about one workload as a text for people.
#pragma once

#include <string>

#include "cli/decision.h"
#include "cli/objects.h"
#include "cli/workload.h"
#include "core/policy/index.h"

namespace meshtrace::cli {

std::string explain_text(const Object& object, const WorkloadKind& kind, const Decision& decision,
                         const policy::Index& index, bool color);

}  // namespace meshtrace::cli
