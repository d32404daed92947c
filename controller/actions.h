// From a plan to writes: for each object at most one, and none for an object that stands as it should. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/cache.h"
#include "controller/difference.h"
#include "controller/marks.h"
#include "controller/status.h"
#include "core/mesh/plan.h"
#include "kube/events.h"
#include "kube/time.h"

namespace meshtrace::controller {

struct Action {
  enum class Verb { kAddFinalizer, kRemoveFinalizer, kStatus, kText, kApply, kDelete } verb;
  mesh::ObjectRef object;
  // kStatus: the merge patch; kApply: the document; kText: the merge patch of the ConfigMap.
  nlohmann::json body;
  // kApply, kDelete: what stands there now; null: nothing. kAddFinalizer, kRemoveFinalizer, kStatus: the policy.
  nlohmann::json observed;
  std::vector<WrittenField> fields;   // kText, kApply: what it writes, and the values' hashes
  std::vector<FieldPath> difference;  // kApply: where desired and observed differ
  std::vector<kube::Event> events;    // to be recorded once it is done
};
const char* name_of(Action::Verb verb);  // "status", "apply", … as in logs and metrics

// The object as the write would leave it; its version is still the old one.
nlohmann::json result_of(const Action& action);

// Of what it writes, without the version that it was made from: two writes of the same are equal.
std::size_t fingerprint(const Action& action);

struct ActionInput {
  const mesh::Plan& plan;
  const Snapshot& snapshot;
  std::string root_namespace;
  // Of a policy; absent: not known.
  std::function<std::optional<workloads::Counts>(const mesh::PolicyKey&)> workloads;
  // Why an object could not be written of late; empty: it could.
  std::function<std::string(const mesh::ObjectRef&)> write_problem;
  kube::WallTime now;
  // What the audit found in what the policy concerns; absent: not known yet. Empty: there is no audit.
  std::function<std::optional<audit::Summary>(const mesh::PolicyKey&)> audit = {};
};

// In the order in which they are best made: what is to be recorded before what is recorded.
std::vector<Action> actions_of(const ActionInput& input);

}  // namespace meshtrace::controller
