// The control planes of a mesh: their configurations, the names of their revisions, and the version that they run.
// Source: Istio, "Canary upgrades" and "Installing with revision tags".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/mesh_model.h"
#include "core/audit/snapshot.h"
#include "core/mesh/version.h"

namespace meshtrace::audit {

inline constexpr const char* kRevisionLabel = "istio.io/rev";
inline constexpr const char* kDefaultRevision = "default";

// The default one first, then by name. An installer's object counts where its revision has no ConfigMap.
std::vector<MeshRevision> read_revisions(const Snapshot& snapshot);

// Revisions by their tags.
std::map<std::string, std::string, std::less<>> read_revision_tags(const Snapshot& snapshot);

// The oldest control plane's version: as the snapshot's options say, else by istiod's images, else by the installer's
// object. Absent: not known.
std::optional<mesh::Version> istio_version_of(const Snapshot& snapshot);

}  // namespace meshtrace::audit
