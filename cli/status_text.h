// Policies' status as text for people: a table, what is wrong below it, and the workloads counted together.
#pragma once

#include <string>
#include <vector>

#include "cli/policy_status.h"
#include "kube/time.h"

namespace meshtrace::cli {

enum class StatusDetail { kProblems, kEverything };

// With kProblems, conditions and targets that are not as they should be; with kEverything all of them.
std::string status_text(const std::vector<PolicyStatus>& policies, StatusDetail detail, kube::WallTime now);

}  // namespace meshtrace::cli
