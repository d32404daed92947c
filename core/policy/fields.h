// The one table of TracingPolicy's fields. Reading, checking, merging and defaulting follow it, and a test keeps the
// CRD (crds/) and docs/api-reference.md in step with it. Rules that join several fields are in rules.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/policy/patterns.h"

namespace meshtrace::policy {

enum class Type {
  kObject,
  kString,
  kBoolean,
  kInteger,
  kNumber,         // at most two decimals
  kIntegerOrAuto,  // an integer or the word Auto
  kDuration,       // a string such as 5s
  kStringList,
  kStringMap,
};

struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;  // both allowed
};

struct Field {
  std::string_view path;  // below spec: "sampling.owner"
  Type type = Type::kObject;
  bool required = false;                          // within its object
  bool root_only = false;                         // only in policies of the mesh's root namespace
  std::span<const std::string_view> one_of = {};  // of a string, or of a list's items
  std::optional<Range> range = {};                // of a number; of a duration in milliseconds
  std::size_t min_length = 1;                     // characters of a string, an item, a map's value
  std::size_t max_length = 0;                     // likewise; 0 where one_of bounds it
  std::size_t min_items = 0;
  std::size_t max_items = 0;         // of a list or a map
  bool unique_items = false;         // of a list
  const Pattern* pattern = nullptr;  // of a string, an item, a map's value
  const Pattern* key_pattern = nullptr;
  std::size_t max_key_length = 0;  // characters of a map's keys
  // Fields of one group are replaced together by the level that states any of them. A map in a group is replaced whole.
  std::string_view group = {};
  // What holds after the merge where no level states the field: a JSON text, applied where `default_with` is stated (a
  // path). A default without `default_with` is no part of the merge.
  std::string_view default_json = {};
  std::string_view default_with = {};
};

// Every field below spec, an object before its members.
[[nodiscard]] std::span<const Field> fields();

// The field at a path below spec, or null.
[[nodiscard]] const Field* find_field(std::string_view path);

// "sampling" of "sampling.owner"; empty for a member of spec itself.
[[nodiscard]] std::string_view parent_of(std::string_view path);

// "owner" of "sampling.owner".
[[nodiscard]] std::string_view name_of(std::string_view path);

}  // namespace meshtrace::policy
