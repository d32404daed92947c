// Injection without a webhook: a MutatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.36) and its
// binding for each scope of the policies, with which the API server itself sets what our webhook would, in CEL.
// Pods come out the same but for what limits() says. Beside the webhook it does no harm: each leaves what is there.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/policy/index.h"

namespace meshtrace::inject {

// Policy and binding of each scope, in the order of admission_scopes(). An error names a TracingPolicy whose name makes
// the objects' name too long.
Result<std::vector<nlohmann::json>> admission_policies(const policy::Index& policies);

// What the webhook does and these policies cannot, a sentence each; for the documents' reader.
const std::vector<std::string>& admission_policy_limits();

}  // namespace meshtrace::inject
