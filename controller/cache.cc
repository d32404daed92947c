#include "controller/cache.h"

#include <charconv>
#include <utility>

#include "core/mesh/plan.h"
#include "kube/json.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

// What of a mesh's ConfigMap is kept; a Telemetry and an EnvoyFilter are small and kept whole.
ObjectPointer trimmed(Kind kind, const json& object) {
  if (kind != Kind::kConfigMap) return std::make_shared<const json>(object);
  json kept = {
      {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", object.at("metadata")}, {"data", json::object()}};
  const auto data = object.find("data");
  if (data != object.end() && data->is_object() && data->contains("mesh")) kept["data"]["mesh"] = data->at("mesh");
  return std::make_shared<const json>(std::move(kept));
}

// Resource versions of one resource are numbers that grow (Kubernetes 1.35; true in fact since etcd). Nothing for any
// other server.
std::optional<std::uint64_t> number_of(const std::string& version) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size() || version.empty()) return std::nullopt;
  return number;
}

// A watch event from before a write of ours, whose result is known already.
template <class Value>
bool is_outdated(const kube::Store<Value>& store, const json& object) {
  const auto known =
      store.entries().find({kube::metadata_string(object, "namespace"), kube::metadata_string(object, "name")});
  if (known == store.entries().end()) return false;
  const auto before = number_of(known->second.resource_version);
  const auto now = number_of(kube::metadata_string(object, "resourceVersion"));
  return before && now && *now < *before;
}

}  // namespace

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::kTracingPolicy:
      return policy::kKind;
    case Kind::kConfigMap:
      return "ConfigMap";
    case Kind::kTelemetry:
      return "Telemetry";
    case Kind::kEnvoyFilter:
      return "EnvoyFilter";
  }
  return "";
}

kube::Resource resource_of(Kind kind) {
  switch (kind) {
    case Kind::kTracingPolicy:
      return {"meshtrace.io", "v1alpha1", "tracingpolicies", ""};
    case Kind::kConfigMap:
      return {"", "v1", "configmaps", ""};
    case Kind::kTelemetry:
      // The version that documents have and that every Istio with a Telemetry serves.
      return {"telemetry.istio.io", "v1alpha1", "telemetries", ""};
    case Kind::kEnvoyFilter:
      return {"networking.istio.io", "v1alpha3", "envoyfilters", ""};
  }
  return {};
}

bool Cache::of_interest(Kind kind, const json& object) const {
  if (kind == Kind::kTelemetry) return true;
  if (kind == Kind::kEnvoyFilter) {
    const json& metadata = object.at("metadata");
    return metadata.contains("labels") &&
           kube::string_or_empty(metadata.at("labels"), mesh::kManagedByLabel) == mesh::kManagedByValue;
  }
  const std::string name = kube::metadata_string(object, "name");
  if (name == "istio") return true;
  const auto data = object.find("data");
  return name.starts_with("istio-") && data != object.end() && data->is_object() && data->contains("mesh");
}

PolicyPointer Cache::decode(const json& object) const {
  return std::make_shared<const StoredPolicy>(read_stored_policy(object, root_namespace_));
}

bool Cache::take(Kind kind, Collection& collection, const kube::Change& change) {
  if (kind == Kind::kTracingPolicy) {
    return collection.policies.apply(change, [this](const json& object) { return decode(object); });
  }
  // A ConfigMap of somebody else's that changes every second is no change.
  bool relevant = change.kind == kube::Change::Kind::kDelete;
  const bool changed = collection.objects.apply(change, [&](const json& object) {
    if (!of_interest(kind, object)) {
      const auto known = collection.objects.entries().find(
          {kube::metadata_string(object, "namespace"), kube::metadata_string(object, "name")});
      relevant |= known != collection.objects.entries().end() && known->second.value != nullptr;
      return ObjectPointer();
    }
    relevant = true;
    return trimmed(kind, object);
  });
  return changed && (relevant || change.kind == kube::Change::Kind::kReplace);
}

bool Cache::apply_locked(Kind kind, const kube::Change& change) {
  Collection& collection = collections_[kind];
  if (change.kind != kube::Change::Kind::kReplace) {
    const json& object = change.objects.front();
    if (kind == Kind::kTracingPolicy ? is_outdated(collection.policies, object)
                                     : is_outdated(collection.objects, object)) {
      return false;
    }
  }
  return take(kind, collection, change);
}

void Cache::apply(Kind kind, const kube::Change& change) {
  const std::lock_guard lock(mutex_);
  Collection& collection = collections_[kind];
  const bool first = !std::exchange(collection.listed, true);
  const bool appeared = std::exchange(collection.missing, false);
  if (apply_locked(kind, change) || first || appeared) signal_change();
}

void Cache::report_problem(Kind kind, int status, std::string message) {
  const std::lock_guard lock(mutex_);
  Collection& collection = collections_[kind];
  // Without Istio its kinds are not served, and nobody has given us rights in its namespace (manifests/mesh): both are
  // facts to go on with. What was known before stays known.
  const bool is_istio = kind == Kind::kTelemetry || kind == Kind::kEnvoyFilter;
  const bool not_served = status == kube::kNotFound && is_istio;
  const bool not_allowed =
      status == kube::kForbidden && kind == Kind::kConfigMap && (!collection.listed || collection.missing);
  if (!not_served && !not_allowed) {
    collection.problem = std::move(message);
    return;
  }
  collection.problem.clear();
  collection.listed = true;
  if (std::exchange(collection.missing, true)) return;
  take(kind, collection, {kube::Change::Kind::kReplace, {}});
  signal_change();
}

void Cache::clear_problem(Kind kind) {
  const std::lock_guard lock(mutex_);
  collections_[kind].problem.clear();
}

void Cache::observe(Kind kind, const json& object) {
  const std::lock_guard lock(mutex_);
  if (apply_locked(kind, {kube::Change::Kind::kUpsert, {object}})) signal_change();
}

void Cache::forget(Kind kind, const kube::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const json object = {{"metadata", {{"namespace", key.ns}, {"name", key.name}}}};
  if (take(kind, collections_[kind], {kube::Change::Kind::kDelete, {object}})) signal_change();
}

void Cache::signal_change() {
  changed_ = true;
  signal_.notify_all();
}

bool Cache::wait(const std::stop_token& stop, std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  signal_.wait_until(lock, stop, until, [this] { return changed_; });
  return std::exchange(changed_, false);
}

void Cache::wake() {
  const std::lock_guard lock(mutex_);
  signal_change();
}

Snapshot Cache::snapshot() const {
  const std::lock_guard lock(mutex_);
  Snapshot snapshot;
  for (const auto& [kind, collection] : collections_) {
    if (collection.missing) snapshot.missing_kinds.insert(name_of(kind));
    for (const auto& [key, entry] : collection.policies.entries()) snapshot.policies.emplace(key, entry.value);
    auto& objects = snapshot.objects[kind];
    for (const auto& [key, entry] : collection.objects.entries()) {
      if (entry.value) objects.emplace(key, entry.value);
    }
  }
  return snapshot;
}

std::string Cache::not_synced() const {
  const std::lock_guard lock(mutex_);
  for (const Kind kind : kKinds) {
    const auto found = collections_.find(kind);
    if (found != collections_.end() && found->second.listed) continue;
    const std::string problem = found == collections_.end() ? "" : found->second.problem;
    return resource_of(kind).name() + " are not known yet" + (problem.empty() ? "" : ": " + problem);
  }
  return "";
}

}  // namespace meshtrace::controller
