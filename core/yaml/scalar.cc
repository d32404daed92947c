#include "core/yaml/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<bool> as_bool(std::string_view text) {
  if (any_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
  if (any_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) return false;
  return std::nullopt;
}

bool is_null(std::string_view text) { return any_of(text, {"", "~", "null", "Null", "NULL"}); }

bool is_not_finite(std::string_view text) {
  if (any_of(text, {".nan", ".NaN", ".NAN"})) return true;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return any_of(text, {".inf", ".Inf", ".INF"});
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The base that a prefix states, and the digits after it: 0x1f, 0o17, 017, 0b1, 15.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = static_cast<char>(digits[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (base == 0) {
    digits.remove_prefix(1);
    return 8;
  }
  digits.remove_prefix(2);
  return base;
}

std::optional<json> as_integer(std::string_view text) {
  const bool has_sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  const bool negative = has_sign && text[0] == '-';
  std::string_view digits = has_sign ? text.substr(1) : text;
  const int base = take_base(digits);
  std::uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;

  constexpr std::uint64_t kLargest = INT64_MAX;
  if (negative) {
    if (magnitude > kLargest + 1) return std::nullopt;
    return json(static_cast<std::int64_t>(0 - magnitude));
  }
  if (magnitude <= kLargest) return json(static_cast<std::int64_t>(magnitude));
  if (has_sign) return std::nullopt;  // Go's ParseUint takes no sign, so this becomes a float there
  return json(magnitude);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const std::size_t before = digits();
  std::size_t after = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    after = digits();
  }
  if (before + after == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<json> as_float(std::string_view text) {
  if (!looks_like_float(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Out of range stays a string, as in Go.
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  // Go writes a whole float without a fraction: 1.0 reaches the API server as 1. Beyond 2^53 a double has no fraction
  // to lose, but its digits are not exact either, so it stays a double.
  constexpr double kExactIntegers = 9007199254740992.0;
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers) return json(static_cast<std::int64_t>(value));
  return json(value);
}

std::optional<json> as_number(std::string_view text) {
  if (text.empty() || !(is_digit(text[0]) || text[0] == '+' || text[0] == '-' || text[0] == '.')) return std::nullopt;
  std::string plain(text);
  std::erase(plain, '_');
  if (auto integer = as_integer(plain)) return integer;
  return as_float(plain);
}

Result<json> plain_scalar(std::string_view text) {
  if (is_null(text)) return json(nullptr);
  if (const auto boolean = as_bool(text)) return json(*boolean);
  if (is_not_finite(text)) {
    return fail("", std::string(text) + " is no number that JSON has; quote it if it is meant as text");
  }
  if (auto number = as_number(text)) return *std::move(number);
  return json(std::string(text));
}

Result<json> tagged_scalar(std::string_view tag, std::string_view text) {
  const auto mismatch = [&] { return fail("", "\"" + std::string(text) + "\" is no !!" + std::string(tag)); };
  if (tag == "binary") return fail("", "!!binary is not supported: write the base64 text as a string");
  if (tag == "null") {
    if (!is_null(text)) return mismatch();
    return json(nullptr);
  }
  if (tag == "bool") {
    const auto boolean = as_bool(text);
    if (!boolean) return mismatch();
    return json(*boolean);
  }
  if (tag == "int" || tag == "float") {
    auto number = as_number(text);
    if (!number || (tag == "int" && number->is_number_float())) return mismatch();
    return *std::move(number);
  }
  return json(std::string(text));  // !!str, !!timestamp and tags of one's own
}

}  // namespace

Result<json> typed_scalar(std::string_view tag, std::string_view text) {
  if (tag == "?" || tag.empty()) return plain_scalar(text);
  if (tag.starts_with(kTagPrefix)) return tagged_scalar(tag.substr(kTagPrefix.size()), text);
  return json(std::string(text));
}

Result<std::string> key_text(const json& key) {
  if (key.is_string()) return key.get<std::string>();
  if (key.is_boolean() || key.is_number()) return key.dump();
  return fail("", "a key must be text");
}

bool is_safe_plain(std::string_view text) {
  if (text.empty() || text.size() > 1000) return false;
  // Only characters that are syntax nowhere, also not in flow style; a first character that starts nothing else.
  const auto harmless = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-' ||
           c == '/' || c == '$' || c == '(' || c == ')' || c == '+' || c == '=' || c == ';';
  };
  const auto inner_colon = [&](std::size_t i) {
    return text[i] == ':' && i > 0 && i + 1 < text.size() && text[i + 1] == '/';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!harmless(text[i]) && !inner_colon(i)) return false;
  }
  const char first = text[0];
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '/' || first == '$';
  if (!letter) return false;
  const auto value = plain_scalar(text);
  return value && value->is_string();
}

}  // namespace meshtrace::yaml
