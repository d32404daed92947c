#include "core/audit/checks/mesh_settings.h"

#include <iterator>

#include "core/audit/fix.h"
#include "core/audit/providers.h"
#include "core/base/json.h"

namespace meshtrace::audit {

using nlohmann::json;

const MeshRevision* mesh_of(const Model& model, const Object& holder) {
  for (const MeshRevision& revision : model.mesh.revisions()) {
    if (revision.object == &holder && revision.readable) return &revision;
  }
  return nullptr;
}

std::string field_of(const MeshRevision& mesh, std::string_view path) { return mesh.field + "." + std::string(path); }

std::string mesh_fix(const MeshRevision& mesh, const std::vector<std::pair<std::string, json>>& settings) {
  if (mesh.config_map != nullptr) return mesh_command(*mesh.config_map, settings);
  std::vector<json> operations;
  for (const auto& [key, value] : settings) {
    auto more = value.is_null() ? remove_field(*mesh.object, field_of(mesh, key))
                                : replace_field(*mesh.object, field_of(mesh, key), value);
    std::move(more.begin(), more.end(), std::back_inserter(operations));
  }
  return patch_command(*mesh.object, operations);
}

std::vector<std::string> tracers_of(const Model& model, const MeshRevision& mesh) {
  std::vector<std::string> names;
  for (const json& entry : array_member(mesh.config, {"extensionProviders"})) {
    const std::string_view kind = kind_of_provider(entry);
    if (has_tracer(kind, model.mesh.istio())) names.push_back(string_member(entry, {"name"}));
  }
  return names;
}

std::vector<std::string> loggers_of(const MeshRevision& mesh) {
  std::vector<std::string> names;
  for (const json& entry : array_member(mesh.config, {"extensionProviders"})) {
    if (is_logger(kind_of_provider(entry))) names.push_back(string_member(entry, {"name"}));
  }
  names.emplace_back(kBuiltInLog);
  return names;
}

std::string title_of(const MeshRevision& mesh) {
  // A file for istioctl needs no name.
  return mesh.object->ref.name.empty() ? mesh.object->ref.kind : mesh.object->ref.title();
}

}  // namespace meshtrace::audit
