// A mesh's configuration as checks find fault with it: the object that states it, the place in that object, the command
// that changes it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/model.h"

namespace meshtrace::audit {

// The objects that state one, and everything that decides which of them hold.
inline const Kinds kMeshHolders{Kind::kConfigMap, Kind::kIstioOperator, Kind::kIstio};

// What the mesh model is computed from, beside the holders.
inline const Kinds kMeshKinds{Kind::kConfigMap, Kind::kIstioOperator, Kind::kIstio,
                              Kind::kTelemetry, Kind::kNamespace,     Kind::kMutatingWebhookConfiguration,
                              Kind::kPod,       Kind::kDeployment};

// The configuration that the object states; null where it states none that is in force and can be read.
const MeshRevision* mesh_of(const Model& model, const Object& holder);

// "data.mesh.accessLogFormat"
std::string field_of(const MeshRevision& mesh, std::string_view path);

// The command that sets top-level keys (null removes one).
std::string mesh_fix(const MeshRevision& mesh, const std::vector<std::pair<std::string, nlohmann::json>>& settings);

// Names of the providers that can trace, in the order of extensionProviders.
std::vector<std::string> tracers_of(const Model& model, const MeshRevision& mesh);
// Likewise of those that can log.
std::vector<std::string> loggers_of(const MeshRevision& mesh);

// "ConfigMap istio-system/istio"
std::string title_of(const MeshRevision& mesh);

}  // namespace meshtrace::audit
