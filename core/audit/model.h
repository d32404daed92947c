// The snapshot as checks read it: what the mesh's configuration comes to, what workloads are like, and which way
// requests take. Built once for an audit; read-only.
#pragma once

#include "core/audit/mesh_model.h"
#include "core/audit/paths.h"
#include "core/audit/snapshot.h"
#include "core/audit/workloads.h"
#include "core/policy/index.h"

namespace meshtrace::audit {

struct Model {
  // The snapshot must outlive the model.
  explicit Model(const Snapshot& objects);

  const Snapshot& snapshot;
  policy::Index policies;
  MeshModel mesh;
  Workloads workloads;
  Paths paths;
};

}  // namespace meshtrace::audit
