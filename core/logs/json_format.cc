#include "core/logs/json_format.h"

#include <fmt/format.h>

#include "core/policy/access_log_format.h"
#include "core/policy/text.h"

namespace meshtrace::logs {
namespace {

using nlohmann::json;

constexpr std::size_t kNone = std::string_view::npos;

// The closing quote of a string whose first character stands at `at`.
std::size_t end_of_string(std::string_view line, std::size_t at) {
  for (std::size_t quote = line.find('"', at); quote != kNone; quote = line.find('"', quote + 1)) {
    std::size_t first = quote;  // of the backslashes before it: an even number escapes each other
    while (first > at && line[first - 1] == '\\') --first;
    if ((quote - first) % 2 == 0) return quote;
  }
  return kNone;
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  return at;
}

// The value that begins at `at`, which moves behind it. Of an object or array nothing: its members are read as any.
std::optional<std::string_view> read_value(std::string_view line, std::size_t& at) {
  if (at >= line.size()) return std::nullopt;
  if (line[at] == '"') {
    const std::size_t end = end_of_string(line, at + 1);
    if (end == kNone) return std::nullopt;
    const std::string_view value = line.substr(at + 1, end - at - 1);
    at = end + 1;
    return value;
  }
  if (line[at] == '{' || line[at] == '[') {
    ++at;
    return std::string_view();
  }
  const std::size_t end = line.find_first_of(",}] \t", at);
  if (end == kNone) return std::nullopt;
  const std::string_view value = line.substr(at, end - at);
  at = end;
  return value == "null" ? std::string_view() : value;
}

}  // namespace

Result<void> JsonFormat::collect(const json& format) {
  for (const auto& [key, value] : format.items()) {
    if (value.is_structured()) {
      if (auto collected = collect(value); !collected) return collected;
    }
    if (!value.is_string() || !format.is_object()) continue;
    const auto parts = policy::split_access_log_format(value.get_ref<const std::string&>());
    if (!parts || parts->size() != 1 || !parts->front().literal.empty() || !parts->front().command) continue;
    const auto field = field_of(*parts->front().command);
    if (!field) continue;
    if (const Field* other = find(key); other != nullptr && *other != *field) {
      return fail("", fmt::format("the key {} stands for two commands in it", policy::in_quotes(key)));
    }
    if (auto checked = check_length(parts->front()); !checked) return checked;
    add(key, *field);
  }
  return {};
}

Result<JsonFormat> JsonFormat::compile(const json& format) {
  JsonFormat compiled;
  if (auto collected = compiled.collect(format); !collected) return tl::make_unexpected(std::move(collected.error()));
  if (compiled.keys_.empty()) {
    return fail("", "no member in it is one command such as \"%REQ(TRACEPARENT)%\" or \"%RESPONSE_CODE%\"");
  }
  return compiled;
}

const Field* JsonFormat::find(std::string_view key) const {
  for (const auto& [known, field] : keys_) {
    if (known == key) return &field;
  }
  return nullptr;
}

bool JsonFormat::read(std::string_view line, Fields& fields) const {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  if (line.size() < 2 || line.front() != '{' || line.back() != '}') return false;
  bool found = false;
  for (std::size_t open = line.find('"'); open != kNone;) {
    const std::size_t close = end_of_string(line, open + 1);
    if (close == kNone) return false;
    std::size_t at = skip_blanks(line, close + 1);
    if (at < line.size() && line[at] == ':') {
      at = skip_blanks(line, at + 1);
      const auto value = read_value(line, at);
      if (!value) return false;
      if (const Field* field = find(line.substr(open + 1, close - open - 1))) {
        fields.set(*field, *value);
        found = true;
      }
    }
    open = line.find('"', at);
  }
  return found;
}

}  // namespace meshtrace::logs
