#include "core/trace/duration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace meshtrace::trace {
namespace {

constexpr std::size_t kMaxDigits = 5;  // 99,999 h is eleven years
constexpr int kMaxPairs = 4;           // one for each unit
constexpr std::string_view kDigits = "0123456789";

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

// Takes one pair off the front of `text` and adds it; false, and nothing taken, when there is none.
bool take_pair(std::string_view& text, std::int64_t& milliseconds) {
  const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  if (digits == 0 || digits > kMaxDigits) return false;
  const std::string_view name = text.substr(digits, text.find_first_of(kDigits, digits) - digits);
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
  if (unit == kUnits.end()) return false;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + digits, number);
  milliseconds += number * unit->milliseconds;
  text.remove_prefix(digits + name.size());
  return true;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  int pairs = 0;
  std::string_view rest = text;
  while (!rest.empty() && pairs < kMaxPairs && take_pair(rest, total)) ++pairs;
  if (pairs == 0 || !rest.empty()) {
    return fail({}, "must be a duration of h, m, s and ms, such as 5s, 500ms or 1m30s");
  }
  return std::chrono::milliseconds(total);
}

std::string format_duration(std::chrono::milliseconds duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    if (const std::int64_t number = rest / unit.milliseconds; number > 0) {
      text += fmt::format("{}{}", number, unit.name);
      rest %= unit.milliseconds;
    }
  }
  return text;
}

}  // namespace meshtrace::trace
