#include "core/policy/json_path.h"

#include <string>

#include "core/policy/fields.h"

namespace meshtrace::policy {

using nlohmann::json;

const json* find_at(const json& object, std::string_view path) {
  const json* at = &object;
  while (!path.empty()) {
    if (!at->is_object()) return nullptr;
    const std::size_t dot = path.find('.');
    const auto member = at->find(path.substr(0, dot));
    if (member == at->end()) return nullptr;
    at = &*member;
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return at;
}

json& make_at(json& object, std::string_view path) {
  json* at = &object;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    at = &(*at)[std::string(path.substr(0, dot))];
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return *at;
}

void erase_at(json& object, std::string_view path) {
  if (find_at(object, path) != nullptr) make_at(object, parent_of(path)).erase(std::string(name_of(path)));
}

}  // namespace meshtrace::policy
