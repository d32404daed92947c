#include "core/mesh/shape.h"

namespace meshtrace::mesh {

using nlohmann::json;

const json* member_at(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

json array_at(const json& object, const char* name) {
  const json* value = member_at(object, name);
  return value != nullptr && value->is_array() ? *value : json::array();
}

json object_at(const json& object, const char* name) {
  const json* value = member_at(object, name);
  return value != nullptr && value->is_object() ? *value : json::object();
}

std::string string_at(const json& object, const char* name) {
  const json* value = member_at(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

}  // namespace meshtrace::mesh
