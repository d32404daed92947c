#include "controller/audit/object_store.h"

#include <algorithm>

#include "core/audit/snapshot.h"
#include "core/base/json.h"
#include "kube/json.h"

namespace meshtrace::auditing {
namespace {

using audit::Kind;
using nlohmann::json;

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

json kept_metadata(const json& metadata, Kind kind) {
  json kept = metadata;
  kept.erase("managedFields");
  kept.erase("resourceVersion");
  // A status is of a generation; a policy's is read.
  if (kind != Kind::kTracingPolicy) kept.erase("generation");
  const auto annotations = kept.find("annotations");
  if (annotations != kept.end() && annotations->is_object()) annotations->erase(kLastApplied);
  return kept;
}

// Of a policy's status what checks read. Not the figures of pods, which change with each of them, but whether there are
// any; and not what the audit itself says there.
json kept_status(const json& status) {
  json kept = json::object();
  for (const char* key : {"observedGeneration", "conditions", "targets"}) {
    if (const json* value = find_member(status, {key})) kept[key] = *value;
  }
  const json* matched = find_member(status, {"workloads", "matched"});
  if (matched != nullptr && matched->is_number_integer()) {
    kept["workloads"]["matched"] = std::min<std::int64_t>(matched->get<std::int64_t>(), 1);
  }
  return kept;
}

json kept_data(const json& config_map) {
  json data = json::object();
  if (const json* mesh = find_member(config_map, {"data", "mesh"})) data["mesh"] = *mesh;
  return data;
}

}  // namespace

audit::ObjectPointer keep(Kind kind, std::string_view version, const json& value) {
  const audit::KindName& name = audit::name_of(kind);
  json kept = json::object();
  for (const auto& [key, member] : value.items()) {
    if (key == "metadata") {
      kept[key] = kept_metadata(member, kind);
    } else if (key == "status") {
      if (kind == Kind::kTracingPolicy) kept[key] = kept_status(member);
    } else if (kind == Kind::kConfigMap && (key == "data" || key == "binaryData")) {
      if (key == "data") kept[key] = kept_data(value);
    } else {
      kept[key] = member;
    }
  }
  kept["apiVersion"] = name.group.empty() ? std::string(version) : std::string(name.group) + "/" + std::string(version);
  kept["kind"] = name.name;
  audit::ObjectPointer object = audit::make_object(std::move(kept), {}, "");
  return kind == Kind::kConfigMap && !audit::is_mesh_config_map(*object) ? nullptr : object;
}

void ObjectStore::note(Kind kind, const Key& key) {
  changed_.insert({kind, key.first, key.second});
  signal_.notify_all();
}

void ObjectStore::erase(Kind kind, const Key& key) {
  if (collections_[static_cast<std::size_t>(kind)].objects.erase(key) > 0) note(kind, key);
}

void ObjectStore::put(Kind kind, std::string_view version, const json& value) {
  const Key key{kube::metadata_string(value, "namespace"), kube::metadata_string(value, "name")};
  audit::ObjectPointer object = keep(kind, version, value);
  if (object == nullptr) return erase(kind, key);
  audit::ObjectPointer& known = collections_[static_cast<std::size_t>(kind)].objects[key];
  if (known != nullptr && known->value == object->value) return;
  known = std::move(object);
  note(kind, key);
}

void ObjectStore::apply(Kind kind, std::string_view version, const kube::Change& change) {
  const std::lock_guard lock(mutex_);
  Collection& collection = collections_[static_cast<std::size_t>(kind)];
  if (change.kind == kube::Change::Kind::kDelete) {
    const json& object = change.objects.front();
    return erase(kind, {kube::metadata_string(object, "namespace"), kube::metadata_string(object, "name")});
  }
  if (change.kind == kube::Change::Kind::kReplace) {
    std::set<Key> present;
    for (const json& object : change.objects) {
      present.emplace(kube::metadata_string(object, "namespace"), kube::metadata_string(object, "name"));
    }
    std::vector<Key> gone;
    for (const auto& [key, object] : collection.objects) {
      if (!present.contains(key)) gone.push_back(key);
    }
    for (const Key& key : gone) erase(kind, key);
    // That there is nothing is news, too.
    if (!std::exchange(collection.listed, true)) note(kind, {});
  }
  for (const json& object : change.objects) put(kind, version, object);
}

void ObjectStore::forget(Kind kind) {
  const std::lock_guard lock(mutex_);
  Collection& collection = collections_[static_cast<std::size_t>(kind)];
  if (!collection.listed) return;
  for (const auto& [key, object] : collection.objects) changed_.insert({kind, key.first, key.second});
  collection = {};
  note(kind, {});
}

std::set<audit::SubjectKey> ObjectStore::wait(const std::stop_token& stop, std::chrono::steady_clock::time_point until,
                                              std::chrono::milliseconds quiet) {
  std::unique_lock lock(mutex_);
  signal_.wait_until(lock, stop, until, [this] { return !changed_.empty(); });
  if (!changed_.empty()) signal_.wait_for(lock, stop, quiet, [] { return false; });
  return std::exchange(changed_, {});
}

std::vector<audit::ObjectPointer> ObjectStore::objects() const {
  const std::lock_guard lock(mutex_);
  std::vector<audit::ObjectPointer> all;
  for (const Collection& collection : collections_) {
    for (const auto& [key, object] : collection.objects) all.push_back(object);
  }
  return all;
}

bool ObjectStore::knows(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return collections_[static_cast<std::size_t>(kind)].listed;
}

}  // namespace meshtrace::auditing
