// The mesh's configuration as values for whoever manages it (Helm, Sail, istioctl's IstioOperator), where that manager
// and not we must write it: for messages of ManagedElsewhere and for `render`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/mesh/facts.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

enum class FragmentTarget { kHelm, kSail, kIstioOperator };

// What the policies want in the MeshConfig of that ConfigMap, as an object of its top-level entries; empty where they
// want nothing. extensionProviders is the whole list, the mesh's own first: all three managers replace lists.
nlohmann::json wanted_mesh_config(const policy::Index& policies, const Facts& facts, const MeshConfigMap& config_map);

// What one scope wants there, without anybody else's: a namespace's user reads the status but not the mesh's providers.
struct Intent;
nlohmann::json own_mesh_config(const Intent& intent, const std::string& config_map);

// YAML for the target, ending in a newline: Helm's values of the istiod chart, Sail's Istio resource, an IstioOperator.
// Values are written as JSON, which every YAML reader takes. Empty for an empty object.
std::string fragment_text(FragmentTarget target, const nlohmann::json& mesh_config);

}  // namespace meshtrace::mesh
