#include "cli/yaml_output.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/yaml/render.h"

namespace meshtrace::cli {
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

// A literal block keeps every printable character as it is; its first line must not begin with a space, which would
// count as indentation, and its last not be blank, which would be chomped or kept by other rules.
bool is_literal_block(std::string_view text) {
  if (text.find_first_of("\n\"\\") == std::string_view::npos) return false;
  const auto printable = [](unsigned char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); };
  if (!std::all_of(text.begin(), text.end(), printable)) return false;
  if (text.ends_with('\n')) text.remove_suffix(1);
  return !text.empty() && text.front() != ' ' && text.front() != '\n' && text.back() != '\n' && text.back() != ' ';
}

void append_literal_block(std::string_view text, std::size_t indent, std::string& out) {
  const bool ends_line = text.ends_with('\n');
  out += ends_line ? " |\n" : " |-\n";
  if (ends_line) text.remove_suffix(1);
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) out.append(indent, ' ').append(line);
    out += '\n';
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void append_block(const json& value, std::size_t indent, std::string& out);

// What stands behind "key:" or "-", up to the line's end or the last line below.
void append_value(const json& value, std::size_t indent, std::string& out) {
  if (value.is_structured() && !value.empty()) {
    out += '\n';
    append_block(value, indent, out);
  } else if (value.is_string() && is_literal_block(value.get_ref<const std::string&>())) {
    append_literal_block(value.get_ref<const std::string&>(), indent, out);
  } else {
    out += " " + (value.is_structured() ? yaml::flow_text(value, {}) : yaml::scalar_text(value)) + "\n";
  }
}

void append_block(const json& value, std::size_t indent, std::string& out) {
  if (value.is_object()) {
    for (const std::string& key : ordered_keys(value)) {
      out.append(indent, ' ').append(yaml::flow_text(json(key), {})).append(":");
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

}  // namespace meshtrace::cli
