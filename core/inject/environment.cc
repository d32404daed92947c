#include "core/inject/environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/inject/json_text.h"

namespace meshtrace::inject {
namespace {

Result<EnvEntry> read_entry(simdjson::dom::element element, std::size_t index, const std::string& where) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(where, "must be an object");
  const auto name = optional_string(object, "name", where);
  const auto value = optional_string(object, "value", where);
  const auto value_from = optional_object(object, "valueFrom", where);
  if (!name) return tl::make_unexpected(name.error());
  if (!value) return tl::make_unexpected(value.error());
  if (!value_from) return tl::make_unexpected(value_from.error());
  if (!*name) return fail(where + ".name", "is missing");
  return EnvEntry{**name, *value, *value_from, index};
}

// "/spec/containers/0" as "spec.containers[0]".
std::string field_path(std::string_view pointer) {
  const std::size_t slash = pointer.rfind('/');
  return fmt::format("spec.{}[{}]", pointer.substr(6, slash - 6), pointer.substr(slash + 1));
}

}  // namespace

Result<Environment> Environment::read(const Container& container, const std::vector<std::string_view>& keep) {
  Environment environment;
  environment.keep_ = &keep;
  const std::string where = field_path(container.path);
  const auto list = optional_array(container.json.get_object().value_unsafe(), "env", where);
  if (!list) return tl::make_unexpected(list.error());
  if (!*list) return environment;
  for (const auto element : **list) {
    const std::size_t index = environment.entries_.size();
    auto entry = read_entry(element, index, fmt::format("{}.env[{}]", where, index));
    if (!entry) return tl::make_unexpected(entry.error());
    environment.entries_.push_back(*entry);
  }
  return environment;
}

const EnvEntry* Environment::find(std::string_view name) const {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const auto& e) { return e.name == name; });
  return found == entries_.rend() ? nullptr : &*found;
}

bool Environment::is_unique(std::string_view name) const {
  return std::count_if(entries_.begin(), entries_.end(), [&](const auto& e) { return e.name == name; }) == 1;
}

bool Environment::is_kept_by_annotation(std::string_view name) const {
  return std::find(keep_->begin(), keep_->end(), name) != keep_->end();
}

bool Environment::is_taken(std::string_view name) const { return find(name) || is_kept_by_annotation(name); }

void Environment::note_kept(std::string_view name) {
  const char* why = find(name) ? "set by the container" : "named in the annotation meshtrace.io/keep-env";
  kept_.push_back(fmt::format("{}: {}", name, why));
}

bool Environment::note_kept_pair(std::string_view one, std::string_view other) {
  if (!is_taken(one) && !is_taken(other)) return false;
  for (const std::string_view name : {one, other}) {
    if (is_taken(name)) note_kept(name);
  }
  return true;
}

void Environment::set_unless_taken(std::string_view name, std::string value) {
  if (is_taken(name)) return note_kept(name);
  appended_.push_back({name, std::move(value), Added::Source::kValue});
  set_.push_back(name);
}

void Environment::prepend_field(std::string_view name, std::string_view field_path) {
  prepended_.push_back({name, std::string(field_path), Added::Source::kField});
  set_.insert(set_.begin() + static_cast<std::ptrdiff_t>(prepended_.size() - 1), name);
}

void Environment::replace_value(const EnvEntry& entry, std::string value) {
  replaced_.emplace(&entries_[entry.index], std::move(value));
  set_.push_back(entry.name);
}

void Environment::rename_and_reference(const EnvEntry& entry, std::string_view renamed, std::string value) {
  renamed_ = Renamed{entry.index, renamed, {entry.name, std::move(value), Added::Source::kValue}};
  set_.push_back(renamed);
  set_.push_back(entry.name);
}

void Environment::append_entry(std::string& out, const Added& added) {
  out += R"({"name":)";
  append_json_string(out, added.name);
  const bool is_field = added.source == Added::Source::kField;
  out += is_field ? R"(,"valueFrom":{"fieldRef":{"fieldPath":)" : R"(,"value":)";
  append_json_string(out, added.text);
  out += is_field ? "}}}" : "}";
}

void Environment::append_patch(std::string& patch, std::string_view path) const {
  // One operation on PATH/env<suffix>; the value is what `write` appends.
  const auto operation = [&](std::string_view op, std::string_view suffix, auto write) {
    patch.append(R"({"op":")").append(op).append(R"(","path":")").append(path).append("/env").append(suffix);
    patch += R"(","value":)";
    write();
    patch += "},";
  };
  if (entries_.empty()) {
    if (prepended_.empty() && appended_.empty()) return;
    // An absent, null or empty list has no content that could be lost: one operation makes the whole of it.
    operation("add", "", [&] {
      patch += '[';
      for (const auto* list : {&prepended_, &appended_}) {
        for (const Added& added : *list) {
          append_entry(patch, added);
          patch += ',';
        }
      }
      patch.back() = ']';
    });
    return;
  }
  // Indices are the original ones until something is inserted, so what goes to the front comes last.
  if (replaced_) {
    const auto& [entry, value] = *replaced_;
    // `add` where the entry has no member `value` yet: replace needs one (RFC 6902, section 4.3).
    operation(entry->value ? "replace" : "add", fmt::format("/{}/value", entry->index),
              [&, &text = value] { append_json_string(patch, text); });
  }
  if (renamed_) {
    operation("replace", fmt::format("/{}/name", renamed_->index), [&] { append_json_string(patch, renamed_->name); });
    operation("add", fmt::format("/{}", renamed_->index + 1), [&] { append_entry(patch, renamed_->follower); });
  }
  for (const Added& added : appended_) operation("add", "/-", [&] { append_entry(patch, added); });
  for (std::size_t i = 0; i < prepended_.size(); ++i) {
    operation("add", fmt::format("/{}", i), [&] { append_entry(patch, prepended_[i]); });
  }
}

}  // namespace meshtrace::inject
