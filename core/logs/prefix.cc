#include "core/logs/prefix.h"

#include <algorithm>
#include <cstddef>

namespace meshtrace::logs {
namespace {

constexpr std::size_t kMaxPodName = 253;    // characters of a DNS subdomain
constexpr std::size_t kMinTimeLength = 20;  // 2026-01-01T00:00:00Z
constexpr std::size_t kMaxTimeLength = 35;  // with nanoseconds and an offset

bool is_pod_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !text.empty() && text.size() <= kMaxPodName && std::all_of(text.begin(), text.end(), fits);
}

// "[pod/NAME/CONTAINER] ".
void strip_pod(PrefixedLine& read) {
  constexpr std::string_view kStart = "[pod/";
  if (!read.line.starts_with(kStart)) return;
  const std::size_t slash = read.line.find('/', kStart.size());
  const std::size_t end = read.line.find("] ", kStart.size());
  if (end == std::string_view::npos || slash > end) return;
  if (!is_pod_name(read.line.substr(kStart.size(), slash - kStart.size()))) return;
  read.pod = read.line.substr(1, slash - 1);
  read.line.remove_prefix(end + 2);
}

// "2026-01-01T00:00:00.123456789Z ".
bool strip_time(std::string_view& line) {
  if (line.size() < kMinTimeLength || line[4] != '-' || line[10] != 'T' || line[0] < '0' || line[0] > '9') return false;
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || blank < kMinTimeLength || blank > kMaxTimeLength) return false;
  line.remove_prefix(blank + 1);
  return true;
}

// "stdout F ", behind a time. What is tagged P is a piece of a line, which no format fits.
void strip_stream(std::string_view& line) {
  for (const std::string_view stream : {"stdout F ", "stderr F "}) {
    if (line.starts_with(stream)) return line.remove_prefix(stream.size());
  }
}

}  // namespace

PrefixedLine strip_prefix(std::string_view line, LeadingTime time) {
  PrefixedLine read{{}, line};
  strip_pod(read);
  if (time == LeadingTime::kStrip && strip_time(read.line)) strip_stream(read.line);
  return read;
}

}  // namespace meshtrace::logs
