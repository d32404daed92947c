// The conditions of a policy's status, with messages that tell at three in the morning what is wrong and what to do.
#pragma once

#include <string>
#include <vector>

#include "core/mesh/facts.h"
#include "core/mesh/plan.h"
#include "core/mesh/reasons.h"
#include "core/policy/policy.h"

namespace meshtrace::mesh {

// What is known of one policy when its conditions are written.
struct Verdict {
  const policy::TracingPolicy* policy = nullptr;
  bool covered = true;   // its namespace is one whose pods policies cover
  std::string winner;    // an older policy that wins everywhere where this one would hold; empty: none
  std::string overlaps;  // an older policy that wins some of its pods; empty: none
  std::vector<Problem> problems;
  std::vector<std::string> notes;
  std::vector<Target> targets;
};

// Accepted, Programmed, ResolvedRefs, Conflicted, in this order.
std::vector<Condition> conditions_of(const Verdict& verdict);

// Of a policy that is being deleted, whose targets are what is still to be taken back.
std::vector<Condition> conditions_of_deleted(const std::vector<Target>& targets, const std::vector<Problem>& problems);

}  // namespace meshtrace::mesh
