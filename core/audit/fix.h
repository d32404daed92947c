// Fixes as text that can be pasted into a shell. Each of them leaves everything alone that it does not name, and fails
// rather than change an object that is no longer what was audited.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/object.h"

namespace meshtrace::audit {

// "spec.http[0].name" and "metadata.annotations[a.b/c]" as a JSON pointer (RFC 6901).
std::string pointer_of(std::string_view field);

// kubectl patch … --type=json -p '…', of operations made by the functions below.
std::string patch_command(const Object& object, const std::vector<nlohmann::json>& operations);
// kubectl apply -f - <<'EOF' …
std::string apply_command(const nlohmann::json& object);
std::string apply_command(const std::vector<nlohmann::json>& objects);
// kubectl delete …
std::string delete_command(const ObjectRef& object);
// kubectl rollout restart …
std::string restart_command(const ObjectRef& object);

// RFC 6902 operations, each list to be joined. The value that stands there is tested first. Parents that add() needs
// and the object does not have are made.
std::vector<nlohmann::json> remove_field(const Object& object, std::string_view field);
std::vector<nlohmann::json> replace_field(const Object& object, std::string_view field, nlohmann::json value);
std::vector<nlohmann::json> add_field(const Object& object, std::string_view field, nlohmann::json value);

// A mesh ConfigMap with top-level keys of data.mesh set to values (null removes a key), every other byte of the text as
// it was. Advice in words where the text cannot be edited so.
std::string mesh_command(const Object& config_map, const std::vector<std::pair<std::string, nlohmann::json>>& settings);

}  // namespace meshtrace::audit
