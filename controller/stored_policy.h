// A TracingPolicy as the API server has it: the object, what is read from it, and what its status has recorded.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/mesh/facts.h"
#include "core/policy/policy.h"

namespace meshtrace::controller {

struct StoredPolicy {
  nlohmann::json object;                        // whole, but for managedFields
  std::optional<policy::TracingPolicy> policy;  // absent: invalid
  std::vector<policy::FieldError> errors;       // why
  std::vector<mesh::Target> targets;            // what the status has recorded

  [[nodiscard]] const nlohmann::json& status() const;  // null: there is none
  [[nodiscard]] std::string ns() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::int64_t generation() const;
  [[nodiscard]] std::int64_t observed_generation() const;
  [[nodiscard]] bool deleting() const;
  [[nodiscard]] bool has_finalizer() const;
};

StoredPolicy read_stored_policy(const nlohmann::json& object, const std::string& root_namespace);

// status.targets[] and back. What is not understood is left out: a status is ours alone, but anybody may have written
// to it.
std::vector<mesh::Target> read_targets(const nlohmann::json& status);
nlohmann::json write_targets(const std::vector<mesh::Target>& targets);

}  // namespace meshtrace::controller
