// The facts as one plan looks at them: read and sorted once, so that a thousand policies do not read them a thousand
// times.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/mesh/facts.h"
#include "core/mesh/mesh_view.h"
#include "core/mesh/telemetries.h"

namespace meshtrace::mesh {

struct World {
  // `facts` must outlive the world.
  explicit World(const Facts& facts);

  const Facts& facts;
  std::vector<MeshView> meshes;  // by name
  Telemetries telemetries;
  std::map<ObjectRef, const nlohmann::json*> ours;  // the objects that carry our label
};

}  // namespace meshtrace::mesh
