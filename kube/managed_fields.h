// Who wrote a field of an object, as metadata.managedFields says (FieldsV1).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace meshtrace::kube {

// The API server's limit of a field manager's name.
inline constexpr std::size_t kMaxManagerBytes = 128;

struct FieldOwner {
  std::string manager;      // "helm", "kubectl-edit", "meshtrace-controller"
  std::string operation;    // Apply or Update
  std::string subresource;  // "status"; empty: the object itself
  std::string time;         // of that manager's last write, RFC 3339; may be empty
  friend bool operator==(const FieldOwner&, const FieldOwner&) = default;
};

// Who owns the field at `path` ({"data", "mesh"}), something inside it, or something around it as one piece; the one
// that wrote last first. Path elements are names of fields; list items cannot be named. The reflector drops
// managedFields by default (ReflectorOptions::trim).
std::vector<FieldOwner> owners_of(const nlohmann::json& object, const std::vector<std::string>& path);

}  // namespace meshtrace::kube
