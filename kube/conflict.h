// Who stands in the way of a server-side apply.
#pragma once

#include <string>
#include <vector>

#include "kube/reply.h"

namespace meshtrace::kube {

struct FieldConflict {
  std::string manager;  // "helm", "kubectl-client-side-apply"
  std::string field;    // ".data.mesh", ".spec.configPatches"
  friend bool operator==(const FieldConflict&, const FieldConflict&) = default;
};

// From the causes of the 409 that apply_request() without force got. Empty for any other reply: a 409 without such
// causes is a resourceVersion that was not the current one.
std::vector<FieldConflict> conflicts_of(const Reply& reply);

}  // namespace meshtrace::kube
