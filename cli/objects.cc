#include "cli/objects.h"

#include <fmt/format.h>

#include <utility>

#include "core/audit/fix.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

std::string place_of(const yaml::Document& document, std::string_view pointer) {
  return fmt::format("{}:{}", document.name, document.at(pointer).line);
}

Object describe(const yaml::Document& document, std::string pointer, const json& value) {
  Object object{&document,
                std::move(pointer),
                &value,
                string_member(value, {"apiVersion"}),
                string_member(value, {"kind"}),
                string_member(value, {"metadata", "name"}),
                string_member(value, {"metadata", "namespace"})};
  if (object.name.empty()) object.name = string_member(value, {"metadata", "generateName"});
  return object;
}

// Opens Lists (List, PodList, …), also Lists of Lists; the reader bounds the depth.
Result<void> add_objects(const yaml::Document& document, const std::string& pointer, const json& value,
                         const Object* list, std::vector<Object>& objects) {
  if (!value.is_object()) {
    return fail(place_of(document, pointer),
                "not a Kubernetes object: a map with apiVersion and kind is expected here");
  }
  Object object = describe(document, pointer, value);
  constexpr std::string_view kList = "List";
  // Items of a PodList as the API server writes them have no kind of their own.
  if (object.kind.empty() && list != nullptr && list->kind.size() > kList.size()) {
    object.kind = list->kind.substr(0, list->kind.size() - kList.size());
    object.api_version = list->api_version;
  }
  if (object.kind.empty()) return fail(place_of(document, pointer), "no kind: this is not a Kubernetes object");
  const auto items = value.find("items");
  if (!object.kind.ends_with(kList) || items == value.end() || !items->is_array()) {
    objects.push_back(std::move(object));
    return {};
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto added = add_objects(document, fmt::format("{}/items/{}", pointer, i), (*items)[i], &object, objects);
    if (!added) return added;
  }
  return {};
}

}  // namespace

std::string Object::title() const { return name.empty() ? kind : kind + "/" + name; }

std::string Object::place(std::string_view field_path) const { return place_at(audit::pointer_of(field_path)); }

std::string Object::place_at(std::string_view pointer_below) const {
  return place_of(*document, pointer + std::string(pointer_below));
}

Result<Manifests> read_manifests(std::vector<Source> sources) {
  Manifests manifests;
  for (Source& source : sources) {
    Manifest& manifest = manifests.emplace_back();
    manifest.source = std::move(source);
    auto documents = yaml::read(manifest.source.name, manifest.source.text);
    if (!documents) return tl::make_unexpected(std::move(documents.error()));
    manifest.documents = *std::move(documents);
    for (const yaml::Document& document : manifest.documents) {
      if (document.value.is_null()) continue;
      auto added = add_objects(document, "", document.value, nullptr, manifest.objects);
      if (!added) return tl::make_unexpected(std::move(added.error()));
    }
  }
  return manifests;
}

}  // namespace meshtrace::cli
