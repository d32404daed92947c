#include "controller/difference.h"

#include <algorithm>

#include "core/mesh/plan.h"
#include "kube/json.h"
#include "kube/managed_fields.h"
#include "kube/reply.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

// A manager's name comes from a client; it goes into messages.
constexpr std::size_t kMaxManagerBytes = 128;

const json& child(const json& object, const std::string& key) {
  static const json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() ? *found : none;
}

FieldPath below(const FieldPath& path, const std::string& key) {
  FieldPath result = path;
  result.push_back(key);
  return result;
}

void find_wrong(const json& desired, const json& observed, const FieldPath& path, std::vector<FieldPath>& wrong) {
  if (!desired.is_object() || !observed.is_object()) {
    if (desired != observed) wrong.push_back(path);
    return;
  }
  for (const auto& [key, value] : desired.items()) {
    const FieldPath at = below(path, key);
    if (!observed.contains(key)) {
      wrong.push_back(at);
    } else {
      find_wrong(value, observed.at(key), at, wrong);
    }
  }
}

void find_surplus(const json& desired, const json& observed, const FieldPath& path, const json& object,
                  std::vector<FieldPath>& surplus) {
  for (const auto& [key, value] : observed.items()) {
    const FieldPath at = below(path, key);
    if (!desired.contains(key)) {
      if (!kube::owners_of(object, at).empty()) surplus.push_back(at);
    } else if (value.is_object() && desired.at(key).is_object()) {
      find_surplus(desired.at(key), value, at, object, surplus);
    }
  }
}

// Owner references are a list keyed by uid, in which others may have theirs.
bool has_references(const json& desired, const json& observed) {
  if (desired.is_null()) return true;
  if (!observed.is_array()) return false;
  return std::all_of(desired.begin(), desired.end(), [&](const json& reference) {
    return std::find(observed.begin(), observed.end(), reference) != observed.end();
  });
}

void compare_metadata(const json& desired, const json& observed, std::vector<FieldPath>& wrong) {
  for (const char* key : {"labels", "annotations"}) {
    const json& ours = child(desired, key);
    if (!ours.is_null()) find_wrong(ours, child(observed, key), {"metadata", key}, wrong);
  }
  if (!has_references(child(desired, "ownerReferences"), child(observed, "ownerReferences"))) {
    wrong.push_back({"metadata", "ownerReferences"});
  }
}

bool is_ours(const kube::FieldOwner& owner) { return owner.manager == mesh::kManagedByValue; }

std::string first_other(const std::vector<kube::FieldOwner>& owners) {
  const auto other = std::find_if_not(owners.begin(), owners.end(), is_ours);
  return other == owners.end() ? "" : other->manager;
}

}  // namespace

std::vector<FieldPath> Difference::all() const {
  std::vector<FieldPath> fields = wrong;
  fields.insert(fields.end(), surplus.begin(), surplus.end());
  return fields;
}

Difference difference(const json& desired, const json& observed) {
  Difference result;
  compare_metadata(child(desired, "metadata"), child(observed, "metadata"), result.wrong);
  const json& spec = child(desired, "spec");
  const json& observed_spec = child(observed, "spec");
  find_wrong(spec, observed_spec, {"spec"}, result.wrong);
  if (spec.is_object() && observed_spec.is_object()) {
    find_surplus(spec, observed_spec, {"spec"}, observed, result.surplus);
  }
  return result;
}

json removal_of(const std::vector<FieldPath>& fields) {
  json patch = json::object();
  for (const FieldPath& path : fields) {
    json* at = &patch;
    for (const std::string& name : path) at = &(*at)[name];
    *at = nullptr;
  }
  return patch;
}

std::string other_manager(const json& object, const std::vector<FieldPath>& fields) {
  std::string manager;
  for (const FieldPath& field : fields) {
    manager = first_other(kube::owners_of(object, field));
    if (!manager.empty()) break;
  }
  if (manager.empty()) manager = first_other(kube::owners_of(object, {}));
  return manager.empty() ? "unknown" : kube::printable(manager, kMaxManagerBytes);
}

}  // namespace meshtrace::controller
