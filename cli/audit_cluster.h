// A cluster's objects for an audit: every kind that a check reads, side by side over a few connections.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/audit_input.h"

namespace meshtrace::cli {

struct AuditCluster {
  std::vector<std::string_view> codes;  // of the checks that will run: nothing is read that none of them needs
  std::string root_namespace;           // whose ConfigMaps are listed
  std::string fallback_namespace;       // to read of where the user may not list all; empty: none
};

// What cannot be read makes the result partial; an error is that nothing can: nobody answers, or knows us.
Result<AuditInput> read_audit_cluster(const Cluster& cluster, const AuditCluster& options,
                                      const Environment& environment);

}  // namespace meshtrace::cli
