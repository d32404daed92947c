// What a TracingPolicy's status says, as plain values: for a table. Anybody with the right to write a status can write
// anything there that the CRD's schema takes, so every field is read as one that may not be there.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace meshtrace::cli {

struct PolicyCondition {
  std::string type;
  std::string status;  // True, False, Unknown
  std::string reason;
  std::string message;

  // What a healthy policy has: Conflicted is the one that should be False.
  [[nodiscard]] bool is_good() const { return status == (type == "Conflicted" ? "False" : "True"); }
};

struct PolicyTarget {
  std::string object;  // "ConfigMap istio-system/istio"
  std::string field;
  std::string state;
  std::string message;
};

struct Workloads {
  std::int64_t matched = 0;
  std::int64_t injected = 0;
  std::int64_t stale = 0;
  std::int64_t missed = 0;
};

// What the controller's audit found in the policy's namespace, or, for the mesh's policy, in the cluster.
struct AuditCounts {
  std::int64_t error = 0;
  std::int64_t warning = 0;
  std::int64_t info = 0;
  std::int64_t suppressed = 0;
};

struct PolicyStatus {
  std::string ns;
  std::string name;
  std::string mode = "Enforce";
  std::string created;                      // RFC 3339
  std::vector<PolicyCondition> conditions;  // in the status's order
  std::vector<PolicyTarget> targets;
  std::optional<Workloads> workloads;  // absent: not counted yet
  std::optional<AuditCounts> audit;    // absent: no audit yet
  std::int64_t generation = 0;
  std::optional<std::int64_t> observed_generation;  // absent: no status at all

  // Null where the status does not have it.
  [[nodiscard]] const PolicyCondition* condition(const std::string& type) const;
};

PolicyStatus read_policy_status(const nlohmann::json& policy);

}  // namespace meshtrace::cli
