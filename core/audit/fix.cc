#include "core/audit/fix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "core/base/json.h"
#include "core/mesh/mesh_text.h"
#include "core/yaml/output.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
}

// In single quotes, so that no shell reads anything into it.
std::string in_single_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// A name from a file may be anything; what a Kubernetes name can be needs no quotes.
std::string word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
  return plain ? text : in_single_quotes(text);
}

// "virtualservices.networking.istio.io reviews -n shop"
std::string target(const ObjectRef& object) {
  const auto kind = find_kind(object.api_version, object.kind);
  std::string out = object.kind;
  if (kind) {
    const KindName& name = name_of(*kind);
    out = name.plural;
    if (!name.group.empty()) out.append(".").append(name.group);
  }
  out += " " + word(object.name);
  return object.ns.empty() ? out : out + " -n " + word(object.ns);
}

// JSON for a command line: no line ends, nothing that is not UTF-8.
std::string one_line(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

const json* find_value(const Object& object, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return object.value.contains(at) ? &object.value.at(at) : nullptr;
}

json test_of(const std::string& pointer, const json& value) {
  return {{"op", "test"}, {"path", pointer}, {"value", value}};
}

}  // namespace

std::string pointer_of(std::string_view field) {
  std::string pointer;
  while (!field.empty()) {
    if (field.front() == '[') {
      const std::size_t close = std::min(field.find(']'), field.size());
      append_token(pointer, field.substr(1, close - 1));
      field.remove_prefix(std::min(close + 1, field.size()));
    } else {
      const std::size_t start = field.front() == '.' ? 1 : 0;
      const std::size_t end = std::min(field.find_first_of(".[", start), field.size());
      append_token(pointer, field.substr(start, end - start));
      field.remove_prefix(end);
    }
  }
  return pointer;
}

std::string patch_command(const Object& object, const std::vector<json>& operations) {
  return fmt::format("kubectl patch {} --type=json -p {}", target(object.ref), in_single_quotes(one_line(operations)));
}

std::string apply_command(const json& object) { return apply_command(std::vector<json>{object}); }

std::string apply_command(const std::vector<json>& objects) {
  return "kubectl apply -f - <<'EOF'\n" + yaml::yaml_documents(objects) + "EOF";
}

std::string delete_command(const ObjectRef& object) { return "kubectl delete " + target(object); }

std::string restart_command(const ObjectRef& object) { return "kubectl rollout restart " + target(object); }

std::vector<json> remove_field(const Object& object, std::string_view field) {
  const std::string pointer = pointer_of(field);
  const json* value = find_value(object, pointer);
  if (value == nullptr) return {};
  return {test_of(pointer, *value), {{"op", "remove"}, {"path", pointer}}};
}

std::vector<json> replace_field(const Object& object, std::string_view field, json value) {
  const std::string pointer = pointer_of(field);
  const json* standing = find_value(object, pointer);
  if (standing == nullptr) return add_field(object, field, std::move(value));
  return {test_of(pointer, *standing), {{"op", "replace"}, {"path", pointer}, {"value", std::move(value)}}};
}

std::vector<json> add_field(const Object& object, std::string_view field, json value) {
  // From the outermost parent that is not there inwards: the value wrapped in what is missing, as one operation.
  std::string pointer = pointer_of(field);
  json::json_pointer parent = json::json_pointer(pointer).parent_pointer();
  while (!parent.empty() && !object.value.contains(parent)) {
    value = json{{json::json_pointer(pointer).back(), std::move(value)}};
    pointer = parent.to_string();
    parent = parent.parent_pointer();
  }
  return {{{"op", "add"}, {"path", pointer}, {"value", std::move(value)}}};
}

std::string mesh_command(const Object& config_map, const std::vector<std::pair<std::string, json>>& settings) {
  const std::string text = string_member(config_map.value, {"data", "mesh"});
  const std::string where = config_map.ref.title();
  std::vector<mesh::EntryEdit> edits;
  std::vector<mesh::EntryRestore> removals;
  std::string words;
  for (const auto& [key, value] : settings) {
    if (!words.empty()) words += ", ";
    if (value.is_null()) {
      removals.push_back({{key, ""}, std::nullopt});
      words += "remove " + key;
    } else {
      edits.push_back({{key, ""}, value});
      words += "set " + key + ": " + one_line(value);
    }
  }
  auto edited = mesh::edit_mesh_text(where, text, edits);
  if (edited) {
    if (const auto removed = mesh::restore_mesh_text(where, edited->text, removals)) {
      return patch_command(config_map, replace_field(config_map, "data.mesh", *removed));
    }
  }
  return fmt::format("In {}, key mesh: {}.", where, words);
}

}  // namespace meshtrace::audit
