#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"

namespace meshtrace::cli {
namespace {

constexpr std::size_t kGap = 3;

std::string cell(const std::string& text) {
  std::string harmless = printable(text.empty() ? "-" : text);
  std::replace(harmless.begin(), harmless.end(), '\n', ' ');
  std::replace(harmless.begin(), harmless.end(), '\t', ' ');
  return harmless;
}

// Characters, not bytes: those that begin none are UTF-8's continuation.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(cell(row[i])));
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = cell(row[i]);
      out += text;
      if (i + 1 < row.size()) out.append(widths[i] - width(text) + kGap, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string age(std::chrono::seconds span) {
  using std::chrono::seconds;
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  // Up to each limit, the span in one unit, and what is left of it in a smaller one.
  struct Step {
    std::int64_t below, unit, rest;
    const char* name;
    const char* rest_name;
  };
  static constexpr Step kSteps[] = {
      {2 * kMinute, 1, 0, "s", ""},          {10 * kMinute, kMinute, 1, "m", "s"}, {3 * kHour, kMinute, 0, "m", ""},
      {8 * kHour, kHour, kMinute, "h", "m"}, {2 * kDay, kHour, 0, "h", ""},        {8 * kDay, kDay, kHour, "d", "h"},
  };
  const std::int64_t count = std::max<std::int64_t>(span.count(), 0);  // a clock that is behind the API server's
  for (const Step& step : kSteps) {
    if (count >= step.below) continue;
    const std::int64_t rest = step.rest == 0 ? 0 : count % step.unit / step.rest;
    return fmt::format("{}{}", count / step.unit, step.name) +
           (rest == 0 ? "" : fmt::format("{}{}", rest, step.rest_name));
  }
  return fmt::format("{}d", count / kDay);
}

}  // namespace meshtrace::cli
