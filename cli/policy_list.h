// The cluster's TracingPolicies, page by page, as the API server has them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "core/base/result.h"

namespace meshtrace::cli {

// `ns` empty: of all namespaces. Sorted by namespace and name, without managedFields. An error says what would help:
// where the CRD is missing, the user may not read, or nobody answers.
Result<std::vector<nlohmann::json>> list_policies(const Cluster& cluster, const std::string& ns);

}  // namespace meshtrace::cli
