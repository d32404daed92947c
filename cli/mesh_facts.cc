#include "cli/mesh_facts.h"

#include <fmt/format.h>

#include <string_view>

namespace meshtrace::cli {
namespace {

constexpr const char* kAmbientLabel = "istio.io/dataplane-mode";

// In the root namespace, or in a file that leaves the namespace open.
bool is_in_root(const Object& object, const Scope& scope) {
  return object.ns.empty() || object.ns == scope.root_namespace;
}

Result<void> add_config_map(const Object& object, MeshFiles& files) {
  for (const Object* other : files.config_maps) {
    if (other->name == object.name) {
      return fail(object.place(), fmt::format("ConfigMap {} is already at {}", object.name, other->place()));
    }
  }
  mesh::MeshConfigMap config_map;
  config_map.name = object.name;
  if (const auto* text = find_member(*object.value, {"data", "mesh"}); text != nullptr) {
    if (!text->is_string()) return fail(object.place("data.mesh"), "data.mesh must be a text");
    config_map.text = text->get<std::string>();
  }
  files.facts.config_maps.push_back(std::move(config_map));
  files.config_maps.push_back(&object);
  return {};
}

void add_telemetry(const Object& object, const Scope& scope, mesh::Facts& facts) {
  nlohmann::json telemetry = *object.value;
  telemetry["metadata"]["namespace"] = scope.namespace_of(object);
  facts.telemetries.push_back(std::move(telemetry));
}

}  // namespace

Result<MeshFiles> read_mesh_files(const Manifests& manifests, const Scope& scope,
                                  const std::optional<mesh::Version>& istio) {
  MeshFiles files;
  files.facts.root_namespace = scope.root_namespace;
  // Who manages the ConfigMap does not matter to a text that is only printed.
  files.facts.mesh_config_writes = mesh::MeshConfigWrites::kAlways;
  files.facts.istiod = files.facts.proxy = istio;
  for (const Manifest& manifest : manifests) {
    for (const Object& object : manifest.objects) {
      const std::string_view api_version = object.api_version;
      if (is_mesh_config_map(object) && is_in_root(object, scope)) {
        if (auto added = add_config_map(object, files); !added) return tl::make_unexpected(std::move(added.error()));
      } else if (object.kind == "Telemetry" && api_version.starts_with("telemetry.istio.io/")) {
        add_telemetry(object, scope, files.facts);
      } else if (object.kind == "Service" && api_version == "v1") {
        files.facts.services[scope.namespace_of(object) + "/" + object.name] = true;
      } else if (object.kind == "Namespace" && api_version == "v1" &&
                 string_member(*object.value, {"metadata", "labels", kAmbientLabel}) == "ambient") {
        files.facts.ambient_namespaces.insert(object.name);
      }
    }
  }
  return files;
}

}  // namespace meshtrace::cli
