#include "core/policy/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/policy/text.h"
#include "core/trace/duration.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;

std::string_view kind_of(const json& value) {
  if (value.is_string()) return "a string";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_array()) return "a list";
  return value.is_object() ? "an object" : "null";
}

// What the writer probably meant: the commonest mistakes of type in YAML are quotes too many or too few.
std::string type_hint(std::string_view wanted, const json& value) {
  if (wanted == "a string" && (value.is_number() || value.is_boolean())) return ": put it in quotes";
  if (value.is_string() && (wanted == "a number" || wanted == "an integer" || wanted == "true or false"))
    return ": leave out the quotes";
  return {};
}

void wrong_type(std::string_view wanted, const json& value, const std::string& path, Findings& errors) {
  errors.add(path, fmt::format("Invalid value: {}: must be {}, and this is {}{}", shown(value), wanted, kind_of(value),
                               type_hint(wanted, value)));
}

// The whole number that a JSON number is, if it is one: the API server takes 10.0 for 10.
std::optional<std::int64_t> whole(const json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  constexpr double kExact = 9007199254740992.0;  // 2^53: every whole double up to it is exact
  const double number = value.get<double>();
  if (std::abs(number) > kExact || number != std::floor(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<json> check_integer(const Field& field, const json& value, const std::string& path, Findings& errors) {
  if (!value.is_number()) {
    wrong_type(field.type == Type::kIntegerOrAuto ? "an integer or Auto" : "an integer", value, path, errors);
    return std::nullopt;
  }
  const std::optional<std::int64_t> number = whole(value);
  if (!number || *number < field.range->min || *number > field.range->max) {
    errors.add(path, fmt::format("Invalid value: {}: must be an integer from {} to {}", shown(value), field.range->min,
                                 field.range->max));
    return std::nullopt;
  }
  return json(*number);
}

std::optional<json> check_number(const Field& field, const json& value, const std::string& path, Findings& errors) {
  if (!value.is_number()) {
    wrong_type("a number", value, path, errors);
    return std::nullopt;
  }
  const double number = value.get<double>();
  if (!(number >= static_cast<double>(field.range->min) && number <= static_cast<double>(field.range->max))) {
    errors.add(path, fmt::format("Invalid value: {}: must be a number from {} to {}", shown(value), field.range->min,
                                 field.range->max));
    return std::nullopt;
  }
  constexpr double kTolerance = 1e-6;  // of a hundredth, as in the CRD's rule
  if (std::abs(number * 100 - std::round(number * 100)) >= kTolerance) {
    errors.add(path, fmt::format("Invalid value: {}: must have at most two decimals", shown(value)));
    return std::nullopt;
  }
  if (const auto integer = whole(value)) return json(*integer);
  return json(std::round(number * 100) / 100);
}

bool check_text(const Field& field, std::string_view text, const std::string& path, Findings& errors) {
  if (!field.one_of.empty()) {
    if (std::find(field.one_of.begin(), field.one_of.end(), text) != field.one_of.end()) return true;
    errors.add(path, fmt::format("Unsupported value: {}: supported values: {}{}", in_quotes(text),
                                 quoted_list(field.one_of), did_you_mean(text, field.one_of)));
    return false;
  }
  const std::size_t length = characters(text);
  if (length < field.min_length) {
    errors.add(path, "Invalid value: \"\": must not be empty; leave the field out instead");
    return false;
  }
  if (length > field.max_length) {
    errors.add(path, fmt::format("Too long: {}: has {} characters, may have at most {}", in_quotes(text), length,
                                 field.max_length));
    return false;
  }
  if (field.pattern != nullptr && !field.pattern->matches(text)) {
    errors.add(path, fmt::format("Invalid value: {}: must {}", in_quotes(text), field.pattern->must));
    return false;
  }
  return true;
}

std::optional<json> check_string(const Field& field, const json& value, const std::string& path, Findings& errors) {
  if (!value.is_string()) {
    wrong_type("a string", value, path, errors);
    return std::nullopt;
  }
  const std::string& text = value.get_ref<const std::string&>();
  if (!check_text(field, text, path, errors)) return std::nullopt;
  if (field.type != Type::kDuration) return value;
  const auto duration = trace::parse_duration(text);
  if (!duration || duration->count() < field.range->min || duration->count() > field.range->max) {
    errors.add(path, fmt::format("Invalid value: {}: must be over 0s and at most {}", in_quotes(text),
                                 trace::format_duration(std::chrono::milliseconds(field.range->max))));
    return std::nullopt;
  }
  return value;
}

std::optional<json> check_integer_or_auto(const Field& field, const json& value, const std::string& path,
                                          Findings& errors) {
  if (!value.is_string()) return check_integer(field, value, path, errors);
  if (value == "Auto") return value;
  constexpr std::string_view kAuto[] = {"Auto"};
  const std::string& text = value.get_ref<const std::string&>();
  errors.add(path, fmt::format("Unsupported value: {}: must be an integer from {} to {}, or \"Auto\"{}",
                               in_quotes(text), field.range->min, field.range->max, did_you_mean(text, kAuto)));
  return std::nullopt;
}

bool check_count(const Field& field, std::size_t count, const std::string& path, Findings& errors) {
  if (count > field.max_items) {
    errors.add(path, fmt::format("Too many: {}: must have at most {} entries", count, field.max_items));
    return false;
  }
  if (count < field.min_items) {
    errors.add(path, fmt::format("Too few: {}: must have at least {}; leave the field out to inherit", count,
                                 field.min_items));
    return false;
  }
  return true;
}

std::optional<json> check_list(const Field& field, const json& value, const std::string& path, Findings& errors) {
  if (!value.is_array()) {
    wrong_type("a list", value, path, errors);
    return std::nullopt;
  }
  if (!check_count(field, value.size(), path, errors)) return std::nullopt;
  bool good = true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string item_path = fmt::format("{}[{}]", path, i);
    const json& item = value[i];
    if (!item.is_string()) {
      wrong_type("a string", item, item_path, errors);
      good = false;
    } else if (!check_text(field, item.get_ref<const std::string&>(), item_path, errors)) {
      good = false;
    } else if (field.unique_items && std::find(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(i), item) !=
                                         value.begin() + static_cast<std::ptrdiff_t>(i)) {
      errors.add(item_path, fmt::format("Duplicate value: {}: each may stand once", shown(item)));
      good = false;
    }
  }
  return good ? std::optional<json>(value) : std::nullopt;
}

bool check_key(const Field& field, const std::string& key, const std::string& path, Findings& errors) {
  if (const std::size_t length = characters(key); length > field.max_key_length) {
    errors.add(path, fmt::format("Too long: the key {} has {} characters, may have at most {}", in_quotes(key), length,
                                 field.max_key_length));
    return false;
  }
  if (field.key_pattern->matches(key)) return true;
  errors.add(path, fmt::format("Invalid value: the key {} must {}", in_quotes(key), field.key_pattern->must));
  return false;
}

std::optional<json> check_map(const Field& field, const json& value, const std::string& path, Findings& errors) {
  if (!value.is_object()) {
    wrong_type("an object", value, path, errors);
    return std::nullopt;
  }
  if (!check_count(field, value.size(), path, errors)) return std::nullopt;
  bool good = true;
  json checked = json::object();
  for (const auto& [key, entry] : value.items()) {
    if (entry.is_null()) continue;
    const std::string entry_path = fmt::format("{}[{}]", path, clipped(key, kMaxShown));
    if (!check_key(field, key, path, errors)) {
      good = false;
    } else if (!entry.is_string()) {
      wrong_type("a string", entry, entry_path, errors);
      good = false;
    } else if (!check_text(field, entry.get_ref<const std::string&>(), entry_path, errors)) {
      good = false;
    } else {
      checked[key] = entry;
    }
  }
  return good ? std::optional<json>(std::move(checked)) : std::nullopt;
}

}  // namespace

std::string shown(const json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_structured()) return std::string(kind_of(value));
  return value.dump();
}

std::optional<json> check_value(const Field& field, const json& value, const std::string& path, Findings& errors) {
  switch (field.type) {
    case Type::kString:
    case Type::kDuration:
      return check_string(field, value, path, errors);
    case Type::kBoolean:
      if (value.is_boolean()) return value;
      wrong_type("true or false", value, path, errors);
      return std::nullopt;
    case Type::kInteger:
      return check_integer(field, value, path, errors);
    case Type::kNumber:
      return check_number(field, value, path, errors);
    case Type::kIntegerOrAuto:
      return check_integer_or_auto(field, value, path, errors);
    case Type::kStringList:
      return check_list(field, value, path, errors);
    case Type::kStringMap:
      return check_map(field, value, path, errors);
    case Type::kObject:
      break;
  }
  if (!value.is_object()) wrong_type("an object", value, path, errors);
  return std::nullopt;
}

}  // namespace meshtrace::policy
