// Objects of an API server without what no check looks at: a cluster has a hundred thousand pods, of which most bytes
// are bookkeeping.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "core/audit/kinds.h"

namespace meshtrace::cli {

// managedFields and the annotation of kubectl apply; of pods also status but for the phase, volumes, probes,
// scheduling.
void trim_for_audit(audit::Kind kind, nlohmann::json& object);

// Whether another object says the same: a ReplicaSet that a Deployment made, a Job of a CronJob, a pod that has ended.
bool is_redundant(audit::Kind kind, const nlohmann::json& object);

// What the value takes in memory, in bytes, roughly.
std::size_t weight(const nlohmann::json& value);

}  // namespace meshtrace::cli
