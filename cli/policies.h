// TracingPolicies from files: decoded, with every error at its line.
#pragma once

#include <string>
#include <vector>

#include "cli/objects.h"
#include "cli/scope.h"
#include "core/policy/policy.h"

namespace meshtrace::cli {

struct LoadedPolicies {
  std::vector<policy::TracingPolicy> policies;
  std::vector<std::string> places;  // "file:LINE" of each policy, in the same order
  std::vector<Error> errors;        // also of policies that are there twice
  std::vector<Error> warnings;
  std::size_t found = 0;  // objects of our kind, valid or not
};

LoadedPolicies load_policies(const Manifests& manifests, const Scope& scope);

}  // namespace meshtrace::cli
