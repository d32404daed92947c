#include "controller/stored_policy.h"

#include <utility>

#include "core/mesh/plan.h"
#include "core/policy/decode.h"
#include "kube/finalizer.h"
#include "kube/json.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

const json& child(const json& object, const char* key) {
  static const json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() ? *found : none;
}

std::int64_t integer_at(const json& object, const char* key) {
  const json& value = child(object, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

// A status is written by anybody who may write it, so that a number where a text belongs must not end the program.
mesh::Target read_target(const json& entry) {
  mesh::Target target;
  target.kind = kube::string_or_empty(entry, "kind");
  target.ns = kube::string_or_empty(entry, "namespace");
  target.name = kube::string_or_empty(entry, "name");
  target.field = kube::string_or_empty(entry, "field");
  target.state = kube::string_or_empty(entry, "state");
  target.applied = kube::string_or_empty(entry, "applied");
  target.message = kube::string_or_empty(entry, "message");
  if (const json& previous = child(entry, "previous"); previous.is_string()) {
    target.previous = previous.get<std::string>();
  }
  return target;
}

}  // namespace

const json& StoredPolicy::status() const { return child(object, "status"); }
std::string StoredPolicy::ns() const { return kube::metadata_string(object, "namespace"); }
std::string StoredPolicy::name() const { return kube::metadata_string(object, "name"); }
std::int64_t StoredPolicy::generation() const { return integer_at(child(object, "metadata"), "generation"); }
std::int64_t StoredPolicy::observed_generation() const { return integer_at(status(), "observedGeneration"); }
bool StoredPolicy::deleting() const { return kube::is_being_deleted(object); }
bool StoredPolicy::has_finalizer() const { return kube::has_finalizer(object, mesh::kFinalizer); }

std::vector<mesh::Target> read_targets(const json& status) {
  std::vector<mesh::Target> targets;
  const json& entries = child(status, "targets");
  if (!entries.is_array()) return targets;
  for (const json& entry : entries) {
    mesh::Target target = read_target(entry);
    if (!target.kind.empty() && !target.name.empty() && !target.field.empty()) targets.push_back(std::move(target));
  }
  return targets;
}

json write_targets(const std::vector<mesh::Target>& targets) {
  json entries = json::array();
  for (const mesh::Target& target : targets) {
    json entry = {{"kind", target.kind}, {"name", target.name}, {"field", target.field}, {"state", target.state}};
    if (!target.ns.empty()) entry["namespace"] = target.ns;
    if (!target.applied.empty()) entry["applied"] = target.applied;
    if (!target.message.empty()) entry["message"] = target.message;
    if (target.previous) entry["previous"] = *target.previous;
    entries.push_back(std::move(entry));
  }
  return entries;
}

StoredPolicy read_stored_policy(const json& object, const std::string& root_namespace) {
  policy::DecodeOptions options;
  options.root_namespace = root_namespace;
  options.unknown_fields = policy::DecodeOptions::UnknownFields::kWarn;
  policy::Decoded decoded = policy::decode(object, options);
  StoredPolicy stored;
  stored.policy = std::move(decoded.policy);
  stored.errors = std::move(decoded.errors);
  stored.targets = read_targets(child(object, "status"));
  stored.object = object;
  stored.object["metadata"].erase("managedFields");
  return stored;
}

}  // namespace meshtrace::controller
