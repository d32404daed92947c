#include "core/audit/snapshot.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/json.h"
#include "core/mesh/mesh_text.h"
#include "core/policy/policy.h"

namespace meshtrace::audit {
namespace {

auto key_of(const ObjectPointer& object) { return std::tie(object->ref.ns, object->ref.name); }

// Of equal keys the last one.
void sort_and_unite(std::vector<ObjectPointer>& objects) {
  const auto is_before = [](const ObjectPointer& one, const ObjectPointer& other) {
    return key_of(one) < key_of(other);
  };
  // As the API server lists them.
  if (!std::is_sorted(objects.begin(), objects.end(), is_before)) {
    std::stable_sort(objects.begin(), objects.end(), is_before);
  }
  auto out = objects.begin();
  for (auto it = objects.begin(); it != objects.end(); ++it) {
    const bool replaced = std::next(it) != objects.end() && key_of(*it) == key_of(*std::next(it));
    if (!replaced) *out++ = std::move(*it);
  }
  objects.erase(out, objects.end());
}

std::string root_namespace_of(std::span<const ObjectPointer> config_maps) {
  for (const ObjectPointer& object : config_maps) {
    if (!is_mesh_config_map(*object)) continue;
    const auto mesh = mesh::read_mesh_text("", string_member(object->value, {"data", "mesh"}));
    const std::string stated = mesh ? string_member(*mesh, {"rootNamespace"}) : "";
    return stated.empty() ? object->ref.ns : stated;
  }
  return policy::kDefaultRootNamespace;
}

}  // namespace

bool is_mesh_config_map(const Object& object) {
  const std::string& name = object.ref.name;
  return object.kind == Kind::kConfigMap && (name == "istio" || name.starts_with("istio-")) &&
         find_member(object.value, {"data", "mesh"}) != nullptr;
}

Snapshot::Snapshot(std::vector<ObjectPointer> objects, SnapshotOptions options) : options_(std::move(options)) {
  for (ObjectPointer& object : objects) {
    if (object != nullptr) objects_[static_cast<std::size_t>(object->kind)].push_back(std::move(object));
  }
  for (auto& of_kind : objects_) {
    sort_and_unite(of_kind);
    size_ += of_kind.size();
  }
  if (options_.root_namespace.empty()) options_.root_namespace = root_namespace_of(all(Kind::kConfigMap));
}

std::span<const ObjectPointer> Snapshot::all(Kind kind) const { return objects_[static_cast<std::size_t>(kind)]; }

std::span<const ObjectPointer> Snapshot::in(Kind kind, std::string_view ns) const {
  const auto& objects = objects_[static_cast<std::size_t>(kind)];
  const auto first =
      std::lower_bound(objects.begin(), objects.end(), ns,
                       [](const ObjectPointer& object, std::string_view wanted) { return object->ref.ns < wanted; });
  const auto last =
      std::upper_bound(first, objects.end(), ns,
                       [](std::string_view wanted, const ObjectPointer& object) { return wanted < object->ref.ns; });
  return {first, last};
}

const Object* Snapshot::find(Kind kind, std::string_view ns, std::string_view name) const {
  const auto there = in(kind, ns);
  const auto found =
      std::lower_bound(there.begin(), there.end(), name,
                       [](const ObjectPointer& object, std::string_view wanted) { return object->ref.name < wanted; });
  return found != there.end() && (*found)->ref.name == name ? found->get() : nullptr;
}

bool Snapshot::knows(Kind kind) const { return options_.is_cluster ? !options_.unread.has(kind) : !all(kind).empty(); }

}  // namespace meshtrace::audit
