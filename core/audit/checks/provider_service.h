// The Service that a provider of the mesh reports to, as istiod looks it up.
// Source: Istio, pilot/pkg/model/telemetry_logging.go, LookupCluster: a host name by its whole text, in front of it
// perhaps the namespace of who declares it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/audit/model.h"

namespace meshtrace::audit {

// What extensionProviders says of it.
struct ProviderTarget {
  std::string service;   // "[namespace/]host"
  int port = 0;          // 0: not stated
  bool is_grpc = false;  // else HTTP/1.1, or anything
  bool is_http = false;
};
// None for kinds that report to no Service.
std::optional<ProviderTarget> target_of(const nlohmann::json& entry);

// What is wrong with it, if anything is known to be; an empty message: nothing.
struct TargetProblem {
  std::string message;
  nlohmann::json meant = nullptr;  // members of the provider's settings as they were meant, where that is clear
  bool is_sure = true;             // false: files of other namespaces are there, and none of the Service's
  std::string fix = {};            // a command, where not the provider is to be changed
};
TargetProblem find_problem(const Snapshot& snapshot, const ProviderTarget& target);

}  // namespace meshtrace::audit
