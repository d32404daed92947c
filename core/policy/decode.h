// From a JSON document to a checked TracingPolicy, or to every error in it at once.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/policy/policy.h"

namespace meshtrace::policy {

struct DecodeOptions {
  // The mesh's root namespace: what only its policies may set is refused elsewhere, a selector is refused in it.
  std::string root_namespace = kDefaultRootNamespace;
  // Namespace of an object that names none (offline: -n).
  std::string default_namespace = "default";
  // What an unknown field is. Refused where a person wrote the file; a warning where the API server stored the object,
  // which may come from a newer CRD.
  enum class UnknownFields { kRefuse, kWarn } unknown_fields = UnknownFields::kRefuse;
};

struct Decoded {
  std::optional<TracingPolicy> policy;  // set exactly when errors is empty
  std::vector<FieldError> errors;
  std::vector<FieldError> warnings;
};

// True for an object of our group and kind, whatever else is in it; its version may still be unknown to decode().
bool is_tracing_policy(const nlohmann::json& object);

Decoded decode(const nlohmann::json& object, const DecodeOptions& options);

}  // namespace meshtrace::policy
