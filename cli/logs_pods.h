// The logs of pods, through the API server as kubectl logs reads them: one pod after the other, so many bytes of each.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "cli/environment.h"
#include "core/base/result.h"
#include "core/logs/analysis.h"

namespace meshtrace::cli {

// Of one pod's log: some 80,000 entries. Below what a reply may have (net::ApiClientOptions::max_reply_bytes).
inline constexpr std::size_t kMaxPodLogBytes = 32u << 20;
// Read one after the other; more of them say the same again.
inline constexpr int kMaxLogPods = 100;

struct PodLogOptions {
  ClusterOptions cluster;
  std::vector<std::string> targets;  // NAME, pod/NAME, deployment/NAME and so on
  std::string selector;              // -l
  std::string container = "istio-proxy";
  std::optional<std::chrono::seconds> since;
  std::optional<int> tail;  // lines
};

// Warning lines about pods that could not be read, or not whole. An error: none could be.
Result<std::string> read_pod_logs(const PodLogOptions& options, const Environment& environment,
                                  logs::Analysis& analysis);

}  // namespace meshtrace::cli
