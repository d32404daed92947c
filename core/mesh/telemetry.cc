#include "core/mesh/telemetry.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/mesh/inherited.h"
#include "core/mesh/shape.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

// Whether every member of `wanted` is in `entry`.
bool contains(const json& entry, const json& wanted) {
  return entry.is_object() && std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& one) {
           const auto found = entry.find(one.key());
           return found != entry.end() && *found == one.value();
         });
}

}  // namespace

json access_logging(const Intent& intent, const World& world) {
  if (!intent.logs) return json::array();
  std::set<std::string> names;
  const MeshView* first = nullptr;
  std::string path;
  for (const MeshView& mesh : world.meshes) {
    const EntryEdit* provider = intent.provider(mesh.config_map->name);
    if (provider == nullptr) continue;
    if (first == nullptr) {
      first = &mesh;
      path = log_path(provider->value);
    }
    // Control planes whose meshes differ have different formats; each ignores the other's name.
    names.insert(provider->entry.provider);
  }
  if (first == nullptr) return json::array();
  json providers = json::array();
  for (const std::string& name : names) providers.push_back({{"name", name}});
  json entries = json::array({{{"providers", std::move(providers)}}});
  const bool in_namespace = intent.scope.level == policy::Level::kWorkload;
  for (json& entry : inherited_logging(world, first->original, intent.policy.first, in_namespace, path)) {
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool providers_stand(const Intent& intent, const World& world) {
  return std::all_of(world.meshes.begin(), world.meshes.end(), [&](const MeshView& mesh) {
    const EntryEdit* provider = intent.provider(mesh.config_map->name);
    const json* standing = provider == nullptr ? nullptr : find_entry(mesh.current, provider->entry);
    return standing != nullptr && *standing == provider->value;
  });
}

json telemetry_spec(const policy::TracingPolicy& policy, const json& tracing, const json& access_logging) {
  json spec = json::object();
  if (!tracing.empty()) spec["tracing"] = json::array({tracing});
  if (!access_logging.empty()) spec["accessLogging"] = access_logging;
  if (spec.empty()) return nullptr;
  if (!policy.match_labels.empty()) spec["selector"] = {{"matchLabels", policy.match_labels}};
  return spec;
}

bool says_the_same(const json& telemetry, const json& spec) {
  const json theirs = object_at(telemetry, "spec");
  for (const char* list : {"tracing", "accessLogging"}) {
    const json wanted = array_at(spec, list);
    const json standing = array_at(theirs, list);
    const bool all = std::all_of(wanted.begin(), wanted.end(), [&](const json& entry) {
      return std::any_of(standing.begin(), standing.end(), [&](const json& one) { return contains(one, entry); });
    });
    if (!all) return false;
  }
  return true;
}

}  // namespace meshtrace::mesh
