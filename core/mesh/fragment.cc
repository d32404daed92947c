#include "core/mesh/fragment.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/mesh/intent.h"
#include "core/mesh/mesh_view.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

// The keys that lead to the mesh's configuration, each a line of YAML.
struct Frame {
  std::string_view head;
  int indent = 0;  // of meshConfig's own members
};

Frame frame_of(FragmentTarget target) {
  switch (target) {
    case FragmentTarget::kSail:
      return {
          "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata:\n  name: default\nspec:\n  values:\n"
          "    meshConfig:\n",
          6};
    case FragmentTarget::kIstioOperator:
      return {"apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n  meshConfig:\n", 4};
    case FragmentTarget::kHelm:
      break;
  }
  return {"meshConfig:\n", 2};
}

}  // namespace

json mesh_config_of(const std::vector<Intent>& intents, const MeshView& mesh) {
  json config = json::object();
  json providers = json::array();
  for (const Intent& intent : intents) {
    const auto entries = intent.entries.find(mesh.config_map->name);
    if (entries == intent.entries.end()) continue;
    for (const EntryEdit& edit : entries->second) {
      if (edit.entry.provider.empty()) {
        config[edit.entry.key] = edit.value;
      } else if (std::find(providers.begin(), providers.end(), edit.value) == providers.end()) {
        providers.push_back(edit.value);
      }
    }
  }
  if (providers.empty()) return config;
  const auto standing = mesh.original.find("extensionProviders");
  json all = standing != mesh.original.end() && standing->is_array() ? *standing : json::array();
  for (json& provider : providers) {
    if (std::find(all.begin(), all.end(), provider) == all.end()) all.push_back(std::move(provider));
  }
  config["extensionProviders"] = std::move(all);
  return config;
}

json wanted_mesh_config(const policy::Index& policies, const Facts& facts, const MeshConfigMap& config_map) {
  const std::vector<MeshView> meshes = view_meshes(facts);
  const std::vector<Intent> intents = make_intents(policies.scopes(policy::Index::Modes::kEnforced), facts, meshes);
  for (const MeshView& mesh : meshes) {
    if (mesh.config_map->name == config_map.name) return mesh_config_of(intents, mesh);
  }
  return json::object();
}

std::string fragment_text(FragmentTarget target, const json& mesh_config) {
  if (mesh_config.empty()) return {};
  const Frame frame = frame_of(target);
  std::string text(frame.head);
  for (const auto& [key, value] : mesh_config.items()) {
    if (!value.is_array()) {
      text += fmt::format("{:{}}{}: {}\n", "", frame.indent, key, value.dump());
      continue;
    }
    text += fmt::format("{:{}}{}:\n", "", frame.indent, key);
    for (const json& item : value) text += fmt::format("{:{}}- {}\n", "", frame.indent, item.dump());
  }
  return text;
}

}  // namespace meshtrace::mesh
