#include "cli/policy_status.h"

#include <algorithm>

#include "kube/json.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json kNothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? kNothing : *found;
}

std::optional<std::int64_t> integer(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

PolicyTarget read_target(const json& target) {
  const std::string ns = kube::string_or_empty(target, "namespace");
  const std::string name = kube::string_or_empty(target, "name");
  return {kube::string_or_empty(target, "kind") + " " + (ns.empty() ? "" : ns + "/") + name,
          kube::string_or_empty(target, "field"), kube::string_or_empty(target, "state"),
          kube::string_or_empty(target, "message")};
}

}  // namespace

const PolicyCondition* PolicyStatus::condition(const std::string& type) const {
  const auto found = std::find_if(conditions.begin(), conditions.end(), [&](const auto& c) { return c.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

PolicyStatus read_policy_status(const json& policy) {
  PolicyStatus read;
  read.ns = kube::metadata_string(policy, "namespace");
  read.name = kube::metadata_string(policy, "name");
  read.created = kube::metadata_string(policy, "creationTimestamp");
  read.generation = integer(member(policy, "metadata"), "generation").value_or(0);
  if (const std::string mode = kube::string_or_empty(member(policy, "spec"), "mode"); !mode.empty()) read.mode = mode;
  const json& status = member(policy, "status");
  read.observed_generation = integer(status, "observedGeneration");
  if (const json& conditions = member(status, "conditions"); conditions.is_array()) {
    for (const json& condition : conditions) {
      read.conditions.push_back({kube::string_or_empty(condition, "type"), kube::string_or_empty(condition, "status"),
                                 kube::string_or_empty(condition, "reason"),
                                 kube::string_or_empty(condition, "message")});
    }
  }
  if (const json& targets = member(status, "targets"); targets.is_array()) {
    for (const json& target : targets) read.targets.push_back(read_target(target));
  }
  if (const json& audit = member(status, "audit"); audit.is_object()) {
    read.audit = AuditCounts{integer(audit, "error").value_or(0), integer(audit, "warning").value_or(0),
                             integer(audit, "info").value_or(0), integer(audit, "suppressed").value_or(0)};
  }
  if (const json& workloads = member(status, "workloads"); workloads.is_object()) {
    read.workloads = Workloads{integer(workloads, "matched").value_or(0), integer(workloads, "injected").value_or(0),
                               integer(workloads, "stale").value_or(0), integer(workloads, "missed").value_or(0)};
  }
  return read;
}

}  // namespace meshtrace::cli
