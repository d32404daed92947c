#include "controller/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kube/conditions.h"
#include "kube/json.h"
#include "kube/reply.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

// What we write; anything else that stands in a status stays.
constexpr std::array<const char*, 5> kOurKeys{"observedGeneration", "conditions", "targets", "workloads", "audit"};
constexpr std::array<const char*, 4> kOurConditions{"Accepted", "Programmed", "ResolvedRefs", "Conflicted"};
constexpr const char* kInvalid = "Invalid";
constexpr const char* kWriteFailed = "WriteFailed";
// Of an invalid policy's message: as many errors as help (core/policy/findings.h) fit.
constexpr std::size_t kMaxErrorsBytes = 16'384;

std::string joined(const std::vector<policy::FieldError>& errors) {
  std::string text;
  for (const auto& error : errors) text += (text.empty() ? "" : "; ") + error.path + ": " + error.message;
  return kube::printable(text, kMaxErrorsBytes);
}

std::vector<mesh::Condition> conditions_of(const StoredPolicy& stored, const StatusInput& input) {
  if (!stored.policy) {
    return {{"Accepted", "False", kInvalid, joined(stored.errors)},
            {"Programmed", "False", kInvalid, "An invalid policy is not in force: the mesh is as without it."}};
  }
  std::vector<mesh::Condition> conditions = input.outcome ? input.outcome->conditions : std::vector<mesh::Condition>();
  for (mesh::Condition& condition : conditions) {
    // A failed write is why it is not programmed; what the plan says of itself (Rejected, …) goes first.
    const bool waits = condition.status != "False" || condition.reason == "Pending";
    if (condition.type == "Programmed" && waits && !input.write_problem.empty()) {
      condition = {"Programmed", "False", kWriteFailed, input.write_problem};
    }
  }
  return conditions;
}

bool is_ours(const json& condition) {
  const std::string type = kube::string_or_empty(condition, "type");
  return std::find(kOurConditions.begin(), kOurConditions.end(), type) != kOurConditions.end();
}

json merged_conditions(const json& old, const std::vector<mesh::Condition>& wanted, std::int64_t generation,
                       kube::WallTime now) {
  json list = json::array();
  if (old.is_array()) {
    for (const json& condition : old) {
      const std::string type = kube::string_or_empty(condition, "type");
      const bool said =
          std::any_of(wanted.begin(), wanted.end(), [&](const mesh::Condition& one) { return one.type == type; });
      if (said || !is_ours(condition)) list.push_back(condition);
    }
  }
  for (const mesh::Condition& one : wanted) {
    kube::set_condition(list, {one.type, one.status, one.reason, one.message, generation}, now);
  }
  return list;
}

json workloads_of(const workloads::Counts& counts) {
  return {{"matched", counts.matched},
          {"injected", counts.injected},
          {"stale", counts.stale},
          {"missed", counts.missed},
          {"summary", fmt::format("{}/{}", counts.injected, counts.matched)}};
}

json audit_of(const audit::Summary& summary) {
  return {{"error", summary.of(audit::Severity::kError)},
          {"warning", summary.of(audit::Severity::kWarning)},
          {"info", summary.of(audit::Severity::kInfo)},
          {"suppressed", summary.suppressed}};
}

const json& condition_at(const json& status, const char* type) {
  static const json none = json::object();
  const auto conditions = status.is_object() ? status.find("conditions") : status.end();
  if (conditions == status.end() || !conditions->is_array()) return none;
  for (const json& condition : *conditions) {
    if (kube::string_or_empty(condition, "type") == type) return condition;
  }
  return none;
}

kube::Event event_about(const StoredPolicy& stored, kube::Event::Type type, const json& condition,
                        const std::string& action) {
  kube::Event event;
  event.type = type;
  event.regarding = {policy::kApiVersion, policy::kKind, stored.ns(), stored.name(),
                     kube::metadata_string(stored.object, "uid")};
  event.reason = kube::string_or_empty(condition, "reason");
  event.action = action;
  event.note = kube::string_or_empty(condition, "message");
  return event;
}

// Of the reasons for "not programmed" those that somebody has to do something about.
bool is_alarming(const std::string& reason) {
  static constexpr std::array<const char*, 5> kReasons{"Rejected", "Reverted", "ManagedElsewhere", kWriteFailed,
                                                       kInvalid};
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace

json make_status(const StoredPolicy& stored, const StatusInput& input, kube::WallTime now) {
  const json& old = stored.status();
  json status = old.is_object() ? old : json::object();
  const json old_conditions = status.contains("conditions") ? status["conditions"] : json();
  status["observedGeneration"] = stored.generation();
  status["conditions"] = merged_conditions(old_conditions, conditions_of(stored, input), stored.generation(), now);
  const std::vector<mesh::Target> targets = input.outcome ? input.outcome->targets : std::vector<mesh::Target>();
  if (targets.empty()) {
    status.erase("targets");
  } else {
    status["targets"] = write_targets(targets);
  }
  if (input.workloads) status["workloads"] = workloads_of(*input.workloads);
  if (!input.audits) status.erase("audit");
  if (input.audits && input.audit) status["audit"] = audit_of(*input.audit);
  return status;
}

json status_patch(const StoredPolicy& stored, const json& status) {
  json changed = json::object();
  const json& old = stored.status();
  for (const char* key : kOurKeys) {
    const json before = old.is_object() && old.contains(key) ? old.at(key) : json();
    const json after = status.contains(key) ? status.at(key) : json();
    if (before != after) changed[key] = after;
  }
  return {{"metadata", {{"resourceVersion", kube::metadata_string(stored.object, "resourceVersion")}}},
          {"status", std::move(changed)}};
}

std::vector<kube::Event> events_of(const StoredPolicy& stored, const json& status) {
  using Type = kube::Event::Type;
  std::vector<kube::Event> events;
  const json& old = stored.status();
  const auto turned = [&](const json& before, const json& now) {
    return kube::string_or_empty(before, "status") != kube::string_or_empty(now, "status") ||
           kube::string_or_empty(before, "reason") != kube::string_or_empty(now, "reason");
  };
  const json& accepted = condition_at(status, "Accepted");
  if (kube::string_or_empty(accepted, "status") == "False" && turned(condition_at(old, "Accepted"), accepted)) {
    events.push_back(event_about(stored, Type::kWarning, accepted, "Validate"));
  }
  const json& programmed = condition_at(status, "Programmed");
  if (!turned(condition_at(old, "Programmed"), programmed) || !stored.policy) return events;
  const bool holds = kube::string_or_empty(programmed, "status") == "True";
  if (holds) {
    events.push_back(event_about(stored, Type::kNormal, programmed, "WriteMesh"));
  } else if (is_alarming(kube::string_or_empty(programmed, "reason"))) {
    events.push_back(event_about(stored, Type::kWarning, programmed, "WriteMesh"));
  }
  return events;
}

}  // namespace meshtrace::controller
