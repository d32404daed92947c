#include "core/audit/json_value.h"

#include <simdjson.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace meshtrace::audit {
namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

constexpr std::size_t kMaxBytes = 16u << 20;  // etcd takes 1.5 MB
constexpr std::size_t kMaxDepth = 100;        // levels; less than the YAML reader's, which has the last word

// 1.0 is 1, as the YAML reader has it.
json number(double value) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  const bool is_whole = value == std::floor(value) && std::fabs(value) < kExactIntegers;
  return is_whole ? json(static_cast<std::int64_t>(value)) : json(value);
}

// Each function is false at a key that stands twice.
bool convert(dom::element element, json& out);

bool convert(dom::array array, json& out) {
  out = json::array();
  auto& items = out.get_ref<json::array_t&>();
  items.reserve(array.size());
  for (const dom::element item : array) {
    if (!convert(item, items.emplace_back())) return false;
  }
  return true;
}

bool convert(dom::object object, json& out) {
  out = json::object();
  auto& members = out.get_ref<json::object_t&>();
  for (const auto& [key, value] : object) {
    const auto [member, is_new] = members.try_emplace(std::string(key));
    if (!is_new || !convert(value, member->second)) return false;
  }
  return true;
}

bool convert(dom::element element, json& out) {
  switch (element.type()) {
    case dom::element_type::ARRAY:
      return convert(dom::array(element), out);
    case dom::element_type::OBJECT:
      return convert(dom::object(element), out);
    case dom::element_type::STRING:
      out = std::string(std::string_view(element));
      return true;
    case dom::element_type::INT64:
      out = std::int64_t(element);
      return true;
    case dom::element_type::UINT64:
      out = std::uint64_t(element);
      return true;
    case dom::element_type::DOUBLE:
      out = number(double(element));
      return true;
    case dom::element_type::BOOL:
      out = bool(element);
      return true;
    default:
      out = nullptr;
      return true;
  }
}

}  // namespace

std::optional<json> read_json_object(std::string_view text) {
  if (text.size() > kMaxBytes) return std::nullopt;
  dom::parser parser;
  if (parser.allocate(text.size(), kMaxDepth) != simdjson::SUCCESS) return std::nullopt;
  dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS || !root.is_object()) return std::nullopt;
  json value;
  if (!convert(root, value)) return std::nullopt;
  return value;
}

}  // namespace meshtrace::audit
