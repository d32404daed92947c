// kubectl meshtrace status: all policies of a cluster, their targets and workloads, at a glance.
#pragma once

#include <string>

#include "cli/cluster.h"
#include "cli/environment.h"

namespace meshtrace::cli {

struct StatusOptions {
  ClusterOptions cluster;
  std::string output = "table";  // table | wide | json | yaml
};

Outcome run_status(const StatusOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
