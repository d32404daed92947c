// Who manages the ConfigMap with the mesh's configuration, told from its metadata: whether we may write it depends on
// that (docs/mesh.md).
// Sources: Istio, operator/pkg/manifest (labels) and operator/pkg/install (field manager); Helm, "Labels and
// annotations"; Sail operator, owner references of what an IstioRevision installs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/mesh/facts.h"

namespace meshtrace::controller {

struct MeshManagement {
  mesh::MeshManager manager = mesh::MeshManager::kNobody;
  std::string managed_by;  // "Helm release istiod", "IstioRevision default", "istioctl"; empty: nobody
  friend bool operator==(const MeshManagement&, const MeshManagement&) = default;
};

// Of the ConfigMap only the metadata is read, managedFields included. Labels that a chart writes say nothing: `helm
// template | kubectl apply` leaves them, too, and istioctl renders the same charts.
MeshManagement find_mesh_manager(const nlohmann::json& config_map);

}  // namespace meshtrace::controller
