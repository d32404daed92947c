// The list extensionProviders in the mesh text's syntax tree: which element is whose, and whether the list itself is
// ours to take out again.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/yaml/splice.h"
#include "core/yaml/tree.h"

namespace meshtrace::mesh {

struct ProviderList {
  const yaml::Node* node = nullptr;  // null: the key has no value
};

class Providers {
 public:
  // Both must outlive the object.
  Providers(const yaml::Tree& tree, const yaml::Splicer& splicer) : tree_(tree), splicer_(splicer) {}

  // The list that is the member's value. Errors have no `where`: the caller knows the place.
  [[nodiscard]] Result<ProviderList> find(const yaml::Member& member) const;
  // The element of that name, none if there is none.
  [[nodiscard]] Result<std::optional<std::size_t>> index_of(const yaml::Node& list, std::string_view provider) const;

  // What stands behind the colon of a new key extensionProviders whose list has this one element. It carries a mark,
  // because a list that was there and empty must stay when its last element goes, and this one must not.
  [[nodiscard]] std::string new_list(bool in_flow, const nlohmann::json& provider) const;
  // Whether the list has that mark and no more than one element.
  [[nodiscard]] bool goes_with_last_item(const yaml::Member& member, const yaml::Node& list) const;

 private:
  const yaml::Tree& tree_;
  const yaml::Splicer& splicer_;
};

}  // namespace meshtrace::mesh
