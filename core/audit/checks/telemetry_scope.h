// What a Telemetry says, entry by entry, and where it holds.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/audit/model.h"

namespace meshtrace::audit {

struct NamedProvider {
  std::string name;
  std::string field;  // spec.tracing[0].providers[1].name
};

// An entry of spec.tracing or spec.accessLogging.
struct TelemetryEntry {
  const nlohmann::json* json = nullptr;
  std::string field;  // spec.tracing[0]
  std::vector<NamedProvider> providers;
};
std::vector<TelemetryEntry> entries_of(const Object& telemetry, const char* list);

// The labels that a pod has at least, if the Telemetry holds for it: those of the selector, or those of the first
// Gateway among the targetRefs.
std::map<std::string, std::string> scope_labels_of(const Object& telemetry);

// False for one without selector that istiod ignores, because another one of the namespace came first.
bool is_in_force(const Model& model, const Object& telemetry);

// Whether only gateways' proxies are reached, as far as workloads are known.
bool is_for_gateways(const Model& model, const Object& telemetry);

// The control planes that read it for some proxy and whose configuration is known.
std::vector<const MeshRevision*> meshes_of(const Model& model, const Object& telemetry);

}  // namespace meshtrace::audit
