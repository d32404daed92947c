#include "kube/managed_fields.h"

#include <algorithm>

#include "kube/json.h"
#include "kube/reply.h"

namespace meshtrace::kube {
namespace {

// A set of fields is a tree whose keys are "f:NAME" for a field, "k:…", "v:…" and "i:…" for list items, and "." for the
// field itself beside its children; an empty object is a field that is owned as one piece.
bool owns(const nlohmann::json& fields, const std::vector<std::string>& path) {
  const nlohmann::json* at = &fields;
  for (const std::string& name : path) {
    if (!at->is_object()) return false;
    const auto child = at->find("f:" + name);
    if (child == at->end()) return at != &fields && at->empty();
    at = &*child;
  }
  return true;
}

}  // namespace

std::vector<FieldOwner> owners_of(const nlohmann::json& object, const std::vector<std::string>& path) {
  std::vector<FieldOwner> owners;
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return owners;
  const auto entries = metadata->find("managedFields");
  if (entries == metadata->end() || !entries->is_array()) return owners;
  for (const auto& entry : *entries) {
    if (!entry.is_object()) continue;
    const auto fields = entry.find("fieldsV1");
    if (fields == entry.end() || !owns(*fields, path)) continue;
    owners.push_back({printable(string_or_empty(entry, "manager"), kMaxManagerBytes),
                      string_or_empty(entry, "operation"), string_or_empty(entry, "subresource"),
                      string_or_empty(entry, "time")});
  }
  // RFC 3339 in UTC, as the API server writes it, sorts as text.
  std::stable_sort(owners.begin(), owners.end(), [](const auto& a, const auto& b) { return a.time > b.time; });
  return owners;
}

}  // namespace meshtrace::kube
