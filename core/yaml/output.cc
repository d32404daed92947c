#include "core/yaml/output.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/yaml/render.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

constexpr std::size_t kIndent = 2;

// Keys that stand first, in this order: of an object, of its metadata, of a list's named item. The others by name.
constexpr std::array<std::string_view, 6> kFirstKeys{"apiVersion", "kind", "metadata", "name", "namespace", "spec"};

std::vector<std::string> ordered_keys(const json& object) {
  std::vector<std::string> keys;
  for (const std::string_view first : kFirstKeys) {
    if (object.contains(first)) keys.emplace_back(first);
  }
  for (const auto& [key, value] : object.items()) {
    if (std::find(kFirstKeys.begin(), kFirstKeys.end(), key) == kFirstKeys.end()) keys.push_back(key);
  }
  return keys;
}

// Formats and expressions are read as they are: lines, quotes and backslashes.
bool is_better_literal(std::string_view text) { return text.find_first_of("\n\"\\") != std::string_view::npos; }

bool append_literal_block(const json& value, std::size_t indent, std::string& out) {
  if (!value.is_string() || !is_better_literal(value.get_ref<const std::string&>())) return false;
  const auto block = literal_block(value.get_ref<const std::string&>(), indent);
  if (!block) return false;
  out.append(" |").append(block->chomping).append("\n");
  for (const std::string& line : block->lines) out.append(line).append("\n");
  return true;
}

void append_block(const json& value, std::size_t indent, std::string& out);

// What stands behind "key:" or "-", up to the line's end or the last line below.
void append_value(const json& value, std::size_t indent, std::string& out) {
  if (value.is_structured() && !value.empty()) {
    out += '\n';
    append_block(value, indent, out);
  } else if (!append_literal_block(value, indent, out)) {
    out += " " + (value.is_structured() ? flow_text(value, {}) : scalar_text(value)) + "\n";
  }
}

void append_block(const json& value, std::size_t indent, std::string& out) {
  if (value.is_object()) {
    for (const std::string& key : ordered_keys(value)) {
      out.append(indent, ' ').append(flow_text(json(key), {})).append(":");
      const json& member = value[key];
      append_value(member, member.is_array() ? indent : indent + kIndent, out);
    }
    return;
  }
  for (const json& item : value) {
    if (!item.is_structured() || item.empty()) {
      out.append(indent, ' ').append("-");
      append_value(item, indent + kIndent, out);
      continue;
    }
    const std::size_t begin = out.size();
    append_block(item, indent + kIndent, out);
    out[begin + indent] = '-';  // the first member stands on the dash's line
  }
}

}  // namespace

std::string yaml_document(const json& object) {
  std::string out;
  append_block(object, 0, out);
  return out;
}

std::string yaml_documents(const std::vector<json>& objects) {
  std::string out;
  for (const json& object : objects) out += (out.empty() ? "" : "---\n") + yaml_document(object);
  return out;
}

}  // namespace meshtrace::yaml
