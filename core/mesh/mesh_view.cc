#include "core/mesh/mesh_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mesh/plan.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

constexpr std::string_view kFieldPrefix = "data.mesh.";
constexpr std::string_view kProviders = "extensionProviders";

bool may_write(const MeshConfigMap& config_map, MeshConfigWrites writes) {
  if (writes != MeshConfigWrites::kAuto) return writes == MeshConfigWrites::kAlways;
  return config_map.manager == MeshManager::kNobody || config_map.manager == MeshManager::kIstioctl;
}

void collect_records(const Facts& facts, MeshView& view) {
  for (const auto& [policy, targets] : facts.recorded) {
    for (const Target& target : targets) {
      if (target.kind != "ConfigMap" || target.name != view.config_map->name) continue;
      if (target.field == kMeshKeyField) {
        view.key_records.push_back({policy, target});
      } else if (const auto entry = entry_of(target.field); entry && !target.applied.empty()) {
        view.records[*entry].push_back({policy, target});
      }
    }
  }
}

void erase_entry(json& mesh, const Entry& entry) {
  if (entry.provider.empty()) {
    mesh.erase(entry.key);
    return;
  }
  json& list = mesh.at(entry.key);
  list.erase(std::remove_if(
                 list.begin(), list.end(),
                 [&](const json& item) { return item.is_object() && item.value("name", json()) == entry.provider; }),
             list.end());
  if (list.empty()) mesh.erase(entry.key);  // as for Istio, an empty list is none
}

// What stood there before us. Only an entry that replaced something needs the text; one that was added is left out of
// the value, which spares reading the text again for each of many providers.
Result<json> original_of(const MeshView& view) {
  std::vector<EntryRestore> replaced;
  std::vector<const Entry*> added;
  for (const auto& [entry, records] : view.records) {
    const Record* ours = view.ours(entry);
    if (ours == nullptr) continue;
    if (ours->target.previous) {
      replaced.push_back({entry, ours->target.previous});
    } else {
      added.push_back(&entry);
    }
  }
  json original = view.current;
  if (!replaced.empty()) {
    const auto text = restore_mesh_text(view.name, view.text(), replaced);
    if (!text) return tl::make_unexpected(text.error());
    auto value = read_mesh_text(view.name, *text);
    if (!value) return tl::make_unexpected(value.error());
    original = *std::move(value);
  }
  for (const Entry* entry : added) erase_entry(original, *entry);
  return original;
}

MeshView view_mesh(const Facts& facts, const MeshConfigMap& config_map) {
  MeshView view;
  view.config_map = &config_map;
  view.name = fmt::format("ConfigMap {}/{}", facts.root_namespace, config_map.name);
  view.writable = may_write(config_map, facts.mesh_config_writes);
  view.current = view.original = json::object();
  collect_records(facts, view);
  auto current = read_mesh_text(view.name, view.text());
  if (!current) {
    view.error = std::move(current.error());
    return view;
  }
  view.current = *std::move(current);
  auto original = original_of(view);
  if (original) {
    view.original = *std::move(original);
  } else {
    view.error = std::move(original.error());
  }
  return view;
}

}  // namespace

std::string field_of(const Entry& entry) { return std::string(kFieldPrefix) + entry.path(); }

std::optional<Entry> entry_of(std::string_view field) {
  if (!field.starts_with(kFieldPrefix)) return std::nullopt;
  field.remove_prefix(kFieldPrefix.size());
  if (!field.starts_with(kProviders) || !field.ends_with(']')) return Entry{std::string(field), {}};
  const std::size_t begin = kProviders.size() + 1;  // behind "["
  if (field.size() <= begin + 1) return std::nullopt;
  return Entry{std::string(kProviders), std::string(field.substr(begin, field.size() - begin - 1))};
}

std::string_view MeshView::text() const {
  return config_map->text ? std::string_view(*config_map->text) : std::string_view();
}

const Record* MeshView::ours(const Entry& entry) const {
  const auto found = records.find(entry);
  const nlohmann::json* value = find_entry(current, entry);
  if (found == records.end() || value == nullptr) return nullptr;
  const std::string hash = hash_of(*value);
  const auto record = std::find_if(found->second.begin(), found->second.end(),
                                   [&](const Record& one) { return one.target.applied == hash; });
  return record == found->second.end() ? nullptr : &*record;
}

Target entry_target(const Facts& facts, const MeshView& mesh, const Entry& entry, const json& value) {
  Target target;
  target.kind = "ConfigMap";
  target.ns = facts.root_namespace;
  target.name = mesh.config_map->name;
  target.field = field_of(entry);
  target.applied = hash_of(value);
  return target;
}

std::vector<MeshView> view_meshes(const Facts& facts) {
  std::vector<MeshView> views;
  for (const MeshConfigMap& config_map : facts.config_maps) views.push_back(view_mesh(facts, config_map));
  std::sort(views.begin(), views.end(),
            [](const MeshView& a, const MeshView& b) { return a.config_map->name < b.config_map->name; });
  return views;
}

}  // namespace meshtrace::mesh
