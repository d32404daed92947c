// Which objects make pods, and where in them the pod stands.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/objects.h"

namespace meshtrace::cli {

struct WorkloadKind {
  std::string_view kind;
  std::string_view group;                 // API group; empty: core
  std::string_view pod;                   // JSON pointer of the pod or its template
  std::vector<std::string_view> aliases;  // as kubectl takes them, in lower case
};

const std::vector<WorkloadKind>& workload_kinds();

// None for every other kind, also for one of the same name in another API group.
const WorkloadKind* workload_kind(const Object& object);
// By any of the names kubectl takes: Deployment, deployments, deploy.
const WorkloadKind* workload_kind_of_name(std::string_view name);

}  // namespace meshtrace::cli
