// Policies of several levels as pod selections that exclude one another: a MutatingAdmissionPolicy cannot ask which
// other one holds, so each must cover exactly the pods for which policy::Index would answer with its settings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/policy/effective.h"
#include "core/policy/index.h"

namespace meshtrace::inject {

struct AdmissionScope {
  using MatchLabels = std::map<std::string, std::string>;
  // Pods of a namespace that a policy claims before this scope's does.
  struct Claimed {
    std::string ns;
    MatchLabels match_labels;
  };

  const policy::TracingPolicy* policy = nullptr;  // the narrowest that makes the scope; the index owns it
  const policy::InjectionSettings* settings = nullptr;
  std::string ns;                                // the one namespace that is covered; empty: all but
  std::vector<std::string> excluded_namespaces;  // these, sorted
  MatchLabels match_labels;                      // of the pods; empty: all
  std::vector<Claimed> claimed;
};

// In the order of Index::scopes(). A scope whose pods an older one has all of, or that touches no pod, is left out.
std::vector<AdmissionScope> admission_scopes(const policy::Index& policies);

}  // namespace meshtrace::inject
