// The mesh's part of render: what the controller's plan comes to, as documents or as a fragment of somebody's values.
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/mesh_facts.h"
#include "core/base/result.h"
#include "core/policy/index.h"

namespace meshtrace::cli {

// `target` is configmap, helm, sail or istiooperator. What cannot be done is in the Outcome's err, policy by policy.
Result<Outcome> render_mesh(const std::string& target, const policy::Index& policies, const MeshFiles& files);

}  // namespace meshtrace::cli
