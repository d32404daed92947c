// Which pods are meant: by name, by labels, or as those of a Deployment and its like.
#pragma once

#include <string>
#include <vector>

#include "cli/cluster.h"
#include "core/base/result.h"

namespace meshtrace::cli {

struct PodNames {
  std::vector<std::string> names;  // each once, in the order found
  bool is_cut = false;             // there were more than were asked for
};

// `targets` are NAME, pod/NAME or KIND/NAME of what has a selector; `selector` is as kubectl's -l. Reads names alone,
// at most `limit` of each target and of the selector.
Result<PodNames> find_pods(const Cluster& cluster, const std::vector<std::string>& targets, const std::string& selector,
                           int limit);

}  // namespace meshtrace::cli
