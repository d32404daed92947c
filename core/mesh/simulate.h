// What a mesh looks like once a plan has been carried out, and once nothing is left to do: for `render`, which has no
// cluster, and for tests of the steps.
#pragma once

#include "core/mesh/plan.h"

namespace meshtrace::mesh {

// The facts after everything that the plan asks for was written: status first, then texts, then documents.
Facts after(const Plan& plan, Facts facts);

struct Settled {
  Plan plan;           // the last one: it changes nothing any more
  Facts facts;         // what stands then: the mesh texts, and of the documents what `plan` has
  bool quiet = false;  // false: it still wanted to change something after kMaxSteps, which is a bug of ours
};

// Steps until a plan asks for nothing; the longest way known takes six (tests/unit/mesh).
inline constexpr int kMaxSteps = 16;

// Makes and carries out plans until one asks for nothing.
Settled settle(const policy::Index& policies, Facts facts);

}  // namespace meshtrace::mesh
