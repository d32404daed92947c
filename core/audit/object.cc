#include "core/audit/object.h"

#include <utility>

#include "core/base/json.h"

namespace meshtrace::audit {

std::string ObjectRef::title() const { return kind + " " + (ns.empty() ? name : ns + "/" + name); }

const nlohmann::json& Object::labels() const { return object_member(value, {"metadata", "labels"}); }

const nlohmann::json& Object::annotations() const { return object_member(value, {"metadata", "annotations"}); }

std::string Object::annotation(const char* key) const { return string_member(annotations(), {key}); }

std::string Object::label(const char* key) const { return string_member(labels(), {key}); }

const nlohmann::json& Object::spec() const { return object_member(value, {"spec"}); }

ObjectPointer make_object(nlohmann::json value, Place place, const std::string& default_namespace) {
  const std::string api_version = string_member(value, {"apiVersion"});
  const std::string kind_name = string_member(value, {"kind"});
  const auto kind = find_kind(api_version, kind_name);
  if (!kind) return nullptr;
  auto object = std::make_shared<Object>();
  object->kind = *kind;
  object->ref = {api_version, kind_name, "", string_member(value, {"metadata", "name"})};
  if (object->ref.name.empty()) object->ref.name = string_member(value, {"metadata", "generateName"});
  if (name_of(*kind).namespaced) {
    object->ref.ns = string_member(value, {"metadata", "namespace"});
    if (object->ref.ns.empty()) object->ref.ns = default_namespace;
  }
  object->value = std::move(value);
  object->place = std::move(place);
  return object;
}

}  // namespace meshtrace::audit
