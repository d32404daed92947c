#include "core/trace/resource_attributes.h"

#include <algorithm>

#include "core/trace/expansion.h"

namespace meshtrace::trace {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Visit>
void for_each_item(std::string_view text, Visit visit) {
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    visit(text.substr(from, comma - from));
    from = comma + 1;
  }
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool has_broken_percent(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return true;
  }
  return false;
}

// Node's SDK drops the whole variable for each of these; others drop the item.
std::optional<std::string> problem_of(std::string_view key, std::string_view value) {
  if (key.empty()) return "an item has no key";
  if (value.find('=') != std::string_view::npos) return "a value has an equals sign that is not percent-encoded";
  if (value.find(';') != std::string_view::npos) return "a value has a semicolon that is not percent-encoded";
  if (has_broken_percent(value)) return "a value has a percent sign that begins no percent-encoded byte";
  return std::nullopt;
}

bool needs_encoding(unsigned char c) {
  return c <= 0x20 || c >= 0x7f || std::string_view(",=;%\"'\\").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

AttributeList parse_attributes(std::string_view text) {
  AttributeList list;
  if (trim(text).empty()) return list;
  for_each_item(text, [&](std::string_view item) {
    item = trim(item);
    if (item.empty()) {
      list.has_empty_items = true;
      return;
    }
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) {
      if (references(item).empty()) {
        list.problem = "an item has no equals sign";
      } else {
        list.opaque = true;
      }
      return;
    }
    const std::string_view key = trim(item.substr(0, equals));
    list.keys.push_back(key);
    if (auto problem = problem_of(key, item.substr(equals + 1))) list.problem = std::move(problem);
  });
  return list;
}

std::string without_empty_items(std::string_view text) {
  std::string mended;
  for_each_item(text, [&](std::string_view item) {
    if (trim(item).empty()) return;
    if (!mended.empty()) mended += ',';
    mended += item;
  });
  return mended;
}

std::string encode_attribute_value(std::string_view value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(value.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (needs_encoding(byte)) {
      encoded.append({'%', kHex[byte >> 4], kHex[byte & 0xf]});
    } else {
      encoded += c;
    }
  }
  return encoded;
}

}  // namespace meshtrace::trace
