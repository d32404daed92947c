#include "core/mesh/fragment.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/mesh/intent.h"
#include "core/mesh/world.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

constexpr const char* kProviders = "extensionProviders";

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

json own_mesh_config(const Intent& intent, const std::string& config_map) {
  json config = json::object();
  const auto entries = intent.entries.find(config_map);
  if (entries == intent.entries.end()) return config;
  for (const EntryEdit& edit : entries->second) {
    if (edit.entry.provider.empty()) {
      config[edit.entry.key] = edit.value;
    } else {
      config[edit.entry.key].push_back(edit.value);
    }
  }
  return config;
}

json wanted_mesh_config(const policy::Index& policies, const Facts& facts, const MeshConfigMap& config_map) {
  const World world(facts);
  const auto mesh = std::find_if(world.meshes.begin(), world.meshes.end(),
                                 [&](const MeshView& one) { return one.config_map->name == config_map.name; });
  if (mesh == world.meshes.end()) return json::object();
  json config = json::object();
  json providers = mesh->original.value(kProviders, json::array());
  if (!providers.is_array()) providers = json::array();
  const std::size_t theirs = providers.size();
  for (const Intent& intent : make_intents(policies.scopes(policy::Index::Modes::kEnforced), world)) {
    const json own = own_mesh_config(intent, config_map.name);
    for (const auto& [key, value] : own.items()) {
      if (key != kProviders) {
        config[key] = value;
      } else if (std::find(providers.begin(), providers.end(), value.front()) == providers.end()) {
        providers.push_back(value.front());
      }
    }
  }
  if (providers.size() > theirs) config[kProviders] = std::move(providers);
  return config;
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
