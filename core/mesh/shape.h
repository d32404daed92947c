// Members of objects that others wrote, from files or a cluster: what has another type counts as absent.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace meshtrace::mesh {

// The member, or null; not a copy, for what is looked at in every object of a cluster.
const nlohmann::json* member_at(const nlohmann::json& object, const char* name);
nlohmann::json array_at(const nlohmann::json& object, const char* name);
nlohmann::json object_at(const nlohmann::json& object, const char* name);
std::string string_at(const nlohmann::json& object, const char* name);

}  // namespace meshtrace::mesh
