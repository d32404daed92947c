#include "core/logs/example.h"

#include <fmt/format.h>

namespace meshtrace::logs {
namespace {

void append(std::string& text, std::string_view word) {
  if (word.empty()) return;
  if (!text.empty()) text += ' ';
  text += shown(word);
}

}  // namespace

std::string shown(std::string_view value) {
  std::string text;
  for (const char c : value.substr(0, kMaxExampleBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte > 0x7E ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  if (value.size() > kMaxExampleBytes) text += "...";
  return text;
}

Example make_example(std::uint64_t line, const Fields& fields) {
  Example example;
  example.line = line;
  append(example.request, fields.value(Field::kMethod));
  append(example.request, fields.value(Field::kAuthority));
  const std::string_view path = fields.value(Field::kPath);
  append(example.request, path.substr(0, path.find_first_of("?#")));
  example.request_id = shown(fields.value(Field::kRequestId));
  example.traceparent = shown(fields.value(Field::kTraceparent));
  return example;
}

}  // namespace meshtrace::logs
