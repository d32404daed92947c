#include "cli/scope.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/policy/policy.h"

namespace meshtrace::cli {
namespace {

struct Said {
  std::string root_namespace;
  std::string place;
};

bool is_mesh_config(const Object& object) {
  return is_mesh_config_map(object) && find_member(*object.value, {"data", "mesh"}) != nullptr;
}

// The mesh configuration is YAML in a string of the ConfigMap. One that says no rootNamespace says nothing here.
Result<std::optional<Said>> root_namespace_of(const Object& config_map) {
  const std::string place = config_map.place("data.mesh");
  const std::string text = string_member(*config_map.value, {"data", "mesh"});
  const auto documents = yaml::read("data.mesh", text);
  if (!documents) return fail(place, documents.error().message());
  if (documents->empty()) return std::optional<Said>{};
  std::string root = string_member(documents->front().value, {"rootNamespace"});
  if (root.empty()) return std::optional<Said>{};
  return std::optional<Said>({std::move(root), place});
}

}  // namespace

bool is_mesh_config_map(const Object& object) {
  return object.api_version == "v1" && object.kind == "ConfigMap" &&
         (object.name == "istio" || object.name.starts_with("istio-"));
}

Result<Scope> read_scope(const std::vector<const Manifests*>& files, const ScopeOptions& options) {
  Scope scope{options.root_namespace, options.default_namespace, {}};
  std::optional<Said> said;
  for (const Manifests* manifests : files) {
    for (const Manifest& manifest : *manifests) {
      for (const Object& object : manifest.objects) {
        if (object.api_version == "v1" && object.kind == "Namespace" &&
            string_member(*object.value, {"metadata", "labels", policy::kInjectLabel}) == "false") {
          scope.opted_out.emplace(object.name, object.place());
        }
        if (!options.root_namespace.empty() || !is_mesh_config(object)) continue;
        auto root = root_namespace_of(object);
        if (!root) return tl::make_unexpected(std::move(root.error()));
        if (said && *root && said->root_namespace != (*root)->root_namespace) {
          return fail((*root)->place,
                      fmt::format("rootNamespace is {} here and {} at {}: say which by --root-namespace",
                                  (*root)->root_namespace, said->root_namespace, said->place));
        }
        if (*root) said = *std::move(root);
      }
    }
  }
  if (said) scope.root_namespace = said->root_namespace;
  if (scope.root_namespace.empty()) scope.root_namespace = policy::kDefaultRootNamespace;
  return scope;
}

}  // namespace meshtrace::cli
