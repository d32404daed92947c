// The mark meshtrace.io/injected on running pods, and what a pod's age says where there is none. Shared by MT0701 to
// MT0703.
#pragma once

#include <optional>
#include <string>

#include "core/audit/checks/environment.h"

namespace meshtrace::audit {

enum class MarkState {
  kNotCovered,  // no policy that injects, an opt-out, a mirror pod
  kCurrent,
  kOther,     // of an older policy
  kMissed,    // none, though the pod is younger than the policy
  kOlder,     // none, and the pod is older than the policy
  kNotKnown,  // none, and nobody knows the ages
};

// Of one pod of a running record.
MarkState mark_state(const Model& model, const Workload& pods, const Object& pod);

// How many pods of a record are in one of two states.
int count_in(const Model& model, const Workload& pods, MarkState one, MarkState other);

// What makes pods anew: kubectl rollout restart, or words for owners that it does not know.
std::string make_anew(const Object& owner);

// "1 pod", "3 pods".
std::string pods_text(int count);

}  // namespace meshtrace::audit
