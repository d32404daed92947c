// The `env` list of one container: what stands there, what is to be added or changed, and the patch that does it.
// Knows the rule that what a container says wins; knows nothing of what the variables mean.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/inject/pod.h"

namespace meshtrace::inject {

struct EnvEntry {
  std::string_view name;
  std::optional<std::string_view> value;
  std::optional<simdjson::dom::object> value_from;
  std::size_t index = 0;
};

class Environment {
 public:
  // `keep`: the names that the pod's annotation meshtrace.io/keep-env leaves alone.
  static Result<Environment> read(const Container& container, const std::vector<std::string_view>& keep);

  // The entry that holds at run time (the last of its name); null where there is none.
  [[nodiscard]] const EnvEntry* find(std::string_view name) const;
  [[nodiscard]] bool is_unique(std::string_view name) const;
  [[nodiscard]] bool is_kept_by_annotation(std::string_view name) const;
  // Stands in the list or is kept by the annotation.
  [[nodiscard]] bool is_taken(std::string_view name) const;

  // Each edit is noted in set() or, where the container's own stands, in kept().
  // Names are kept as views: constants, or of the pod.
  void set_unless_taken(std::string_view name, std::string value);
  void note_kept(std::string_view name);
  // Two variables that are one unit: where either is taken, both are left as they are, and true is returned.
  bool note_kept_pair(std::string_view one, std::string_view other);
  void prepend_field(std::string_view name, std::string_view field_path);  // in the order of the calls
  void replace_value(const EnvEntry& entry, std::string value);
  // The entry gets the name `renamed`; after it comes a new one of its old name with `value`.
  void rename_and_reference(const EnvEntry& entry, std::string_view renamed, std::string value);

  [[nodiscard]] const std::vector<std::string_view>& set() const { return set_; }
  [[nodiscard]] const std::vector<std::string>& kept() const { return kept_; }

  // Appends the operations, each followed by a comma; `path` is the container's JSON pointer in the patched object.
  void append_patch(std::string& patch, std::string_view path) const;

 private:
  struct Added {
    std::string_view name;
    std::string text;  // the value, or the field's path
    enum class Source { kValue, kField } source;
  };
  struct Renamed {
    std::size_t index;
    std::string_view name;
    Added follower;
  };

  static void append_entry(std::string& out, const Added& added);

  const std::vector<std::string_view>* keep_ = nullptr;
  std::vector<EnvEntry> entries_;
  std::vector<Added> prepended_;
  std::vector<Added> appended_;
  std::optional<std::pair<const EnvEntry*, std::string>> replaced_;  // at most one list is completed
  std::optional<Renamed> renamed_;
  std::vector<std::string_view> set_;
  std::vector<std::string> kept_;
};

}  // namespace meshtrace::inject
