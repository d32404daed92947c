// What files say about a mesh, as the controller would know it from the cluster: mesh ConfigMaps, Telemetries,
// Services, namespaces in ambient mode. What no file says is not known, and nothing is concluded from that.
#pragma once

#include <optional>
#include <vector>

#include "cli/objects.h"
#include "cli/scope.h"
#include "core/base/result.h"
#include "core/mesh/facts.h"

namespace meshtrace::cli {

struct MeshFiles {
  mesh::Facts facts;
  std::vector<const Object*> config_maps;  // of facts.config_maps, in their order
};

// `istio` is the version of control plane and proxies, where it is known. Two ConfigMaps of one name are an error.
Result<MeshFiles> read_mesh_files(const Manifests& manifests, const Scope& scope,
                                  const std::optional<mesh::Version>& istio);

}  // namespace meshtrace::cli
