#include "kube/time.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

namespace meshtrace::kube {
namespace {

std::string format_seconds(WallTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

std::string format_time(WallTime time) { return format_seconds(time) + "Z"; }

std::string format_micro_time(WallTime time) {
  const auto fraction = time - std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{}.{:06}Z", format_seconds(time), fraction.count());
}

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::tm time{};
  int length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour,
                  &time.tm_min, &time.tm_sec, &length) != 6) {
    return std::nullopt;
  }
  std::string zone = text.substr(static_cast<std::size_t>(length));
  if (zone.starts_with('.')) zone.erase(0, zone.find_first_not_of("0123456789", 1));
  int hours = 0;
  int minutes = 0;
  char sign = '+';
  if (zone != "Z" && std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3) return std::nullopt;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  const int offset = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&time) - offset));
}

}  // namespace meshtrace::kube
