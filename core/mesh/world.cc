#include "core/mesh/world.h"

#include "core/mesh/document.h"

namespace meshtrace::mesh {

World::World(const Facts& facts_seen)
    : facts(facts_seen), meshes(view_meshes(facts_seen)), telemetries(facts_seen.telemetries) {
  for (const auto* objects : {&facts.telemetries, &facts.envoy_filters}) {
    for (const nlohmann::json& object : *objects) {
      if (is_ours(object)) ours.emplace(ref_of(object), &object);
    }
  }
}

}  // namespace meshtrace::mesh
