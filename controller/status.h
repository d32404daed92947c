// The status of a TracingPolicy: what it should say, what of that changed, and what of the change is an Event. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/stored_policy.h"
#include "controller/workloads/counting.h"
#include "core/audit/kept_findings.h"
#include "core/mesh/plan.h"
#include "kube/events.h"
#include "kube/time.h"

namespace meshtrace::controller {

struct StatusInput {
  // Of the plan; absent for a policy that it does not know (an invalid one that has nothing to take back).
  const mesh::Outcome* outcome = nullptr;
  std::optional<workloads::Counts> workloads;  // absent: not counted yet, what stands there stays
  std::optional<audit::Summary> audit;         // absent: no audit yet, what stands there stays
  bool audits = true;                          // false: none is made, what stands there goes
  // The API server or a webhook refuses to take an object of the policy's: why. Empty: it does not.
  std::string write_problem;
};

// The whole of the new status. Equal to the old one where there is nothing to write: lastTransitionTime is kept where a
// condition's status is.
nlohmann::json make_status(const StoredPolicy& stored, const StatusInput& input, kube::WallTime now);

// The merge patch that makes the one into the other, with the version that it was made from as precondition.
nlohmann::json status_patch(const StoredPolicy& stored, const nlohmann::json& status);

// What a user should read in `kubectl describe` when a status changes so: conditions that turned.
std::vector<kube::Event> events_of(const StoredPolicy& stored, const nlohmann::json& status);

}  // namespace meshtrace::controller
