#include "core/logs/text_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace meshtrace::logs {
namespace {

using policy::AccessLogPart;

constexpr std::string_view kLineEnds = "\r\n";

// Commands that log a number or "-": what else stands there belongs to another format.
constexpr std::array<std::string_view, 4> kNumbers{"BYTES_RECEIVED", "BYTES_SENT", "DURATION", "RESPONSE_CODE"};

bool is_number_or_none(std::string_view value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return value == "-" || (!value.empty() && std::all_of(value.begin(), value.end(), is_digit));
}

Result<void> check(const AccessLogPart& part, const AccessLogPart* next) {
  const auto field = field_of(*part.command);
  if (next != nullptr && next->command && next->literal.empty() && (field || field_of(*next->command))) {
    return fail("", fmt::format("nothing stands between %{}% and %{}%: their values cannot be told apart",
                                part.command->name, next->command->name));
  }
  return check_length(part);
}

// " traceparent=VALUE" among what presets appended.
void read_presets(std::string_view text, Fields& fields) {
  constexpr std::string_view kTraceparent = " traceparent=";
  const std::size_t at = text.find(kTraceparent);
  if (at == std::string_view::npos) return;
  text.remove_prefix(at + kTraceparent.size());
  fields.set(Field::kTraceparent, text.substr(0, text.find(' ')));
}

// Most literals are one blank, which is found faster so.
std::size_t find_literal(std::string_view line, const std::string& literal, std::size_t at) {
  return literal.size() == 1 ? line.find(literal.front(), at) : line.find(literal, at);
}

}  // namespace

Result<TextFormat> TextFormat::compile(std::string_view format, End end) {
  format = format.substr(0, format.find_last_not_of(kLineEnds) + 1);
  if (format.find('\n') != std::string_view::npos) {
    return fail("", "it has a line break inside: every request is logged on several lines");
  }
  const auto parts = policy::split_access_log_format(format);
  if (!parts) return fail("", "a % in it begins no command such as %REQ(TRACEPARENT)%; a percent sign is written %%");
  TextFormat compiled;
  compiled.end_ = end;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const AccessLogPart& part = (*parts)[i];
    if (i == 0) {
      compiled.start_ = part.literal;
    } else if (!part.literal.empty()) {
      compiled.steps_.back().literal = part.literal;
    }
    if (!part.command) break;
    const AccessLogPart* next = i + 1 < parts->size() ? &(*parts)[i + 1] : nullptr;
    if (auto checked = check(part, next); !checked) return tl::make_unexpected(std::move(checked.error()));
    // Of neighbours that nothing separates and nobody needs, one value is read.
    if (i > 0 && part.literal.empty()) continue;
    const bool is_number = std::find(kNumbers.begin(), kNumbers.end(), part.command->name) != kNumbers.end() &&
                           (next == nullptr || !next->literal.empty());
    compiled.steps_.push_back({field_of(*part.command), is_number, ""});
  }
  if (compiled.steps_.empty()) return fail("", "it logs nothing: no command such as %REQ(TRACEPARENT)% stands in it");
  return compiled;
}

bool TextFormat::read(std::string_view line, Fields& fields) const {
  if (!line.starts_with(start_)) return false;
  std::size_t at = start_.size();
  for (const Step& step : steps_) {
    const bool is_last = &step == &steps_.back();
    std::size_t end = 0;
    if (step.literal.empty()) {
      end = end_ == End::kOfLine ? line.size() : std::min(line.find(' ', at), line.size());
    } else if (is_last && end_ == End::kOfLine) {
      if (line.size() < at + step.literal.size() || !line.ends_with(step.literal)) return false;
      end = line.size() - step.literal.size();
    } else {
      end = find_literal(line, step.literal, at);
      if (end == std::string_view::npos) return false;
    }
    const std::string_view value = line.substr(at, end - at);
    if (step.is_number && !is_number_or_none(value)) return false;
    if (step.field) fields.set(*step.field, value);
    at = end + step.literal.size();
  }
  if (end_ == End::kPresets && at < line.size()) {
    if (line[at] != ' ') return false;
    read_presets(line.substr(at), fields);
  }
  return true;
}

}  // namespace meshtrace::logs
