// Members of JSON objects that others wrote: what is not there, or has another type, counts as absent.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace meshtrace {

// The member at the keys, one below the other; null if it or a parent is not there or is no object.
inline const nlohmann::json* find_member(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  const nlohmann::json* at = &object;
  for (const char* key : keys) {
    if (!at->is_object()) return nullptr;
    const auto member = at->find(key);
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

// Of a string member; empty if it is no string.
inline std::string string_member(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  const nlohmann::json* member = find_member(object, keys);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

// The elements of an array member; none if it is no array. The object must outlive what is returned.
inline const nlohmann::json& array_member(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  static const nlohmann::json kNone = nlohmann::json::array();
  const nlohmann::json* member = find_member(object, keys);
  return member != nullptr && member->is_array() ? *member : kNone;
}

// Likewise the members of an object member.
inline const nlohmann::json& object_member(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  static const nlohmann::json kNone = nlohmann::json::object();
  const nlohmann::json* member = find_member(object, keys);
  return member != nullptr && member->is_object() ? *member : kNone;
}

}  // namespace meshtrace
