#include "cli/logs_text.h"

#include <fmt/format.h>

#include <vector>

#include "cli/table.h"
#include "cli/text.h"

namespace meshtrace::cli {
namespace {

using logs::Kind;

std::string share(std::uint64_t count, std::uint64_t requests) {
  const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(requests);
  return percent < 0.1 ? "under 0.1%" : fmt::format("{:.1f}%", percent);
}

std::string cell(const logs::Hop& hop, Kind kind) {
  const std::uint64_t count = hop.count(kind);
  const bool shows_none = hop.count(Kind::kNotShown) == hop.requests && kind != Kind::kTooLarge;
  if (shows_none) return "not shown";
  return count == 0 ? "0" : fmt::format("{} ({})", count, share(count, hop.requests));
}

std::string hop_table(const logs::Report& report) {
  std::vector<std::vector<std::string>> rows{
      {"HOP", "DIRECTION", "REQUESTS", "ABSENT", "MALFORMED", "RESTARTED", "UNSAMPLED", "431"}};
  for (const logs::Hop& hop : report.hops) {
    rows.push_back({hop.source, std::string(logs::name(hop.direction)), std::to_string(hop.requests),
                    cell(hop, Kind::kAbsent), cell(hop, Kind::kMalformed), cell(hop, Kind::kRestarted),
                    cell(hop, Kind::kUnsampled), cell(hop, Kind::kTooLarge)});
  }
  return table(rows);
}

std::string example_line(const logs::Example& example) {
  std::string text = example.line == 0 ? "  " : fmt::format("  line {}: ", example.line);
  text += example.request.empty() ? "a request" : example.request;
  if (!example.request_id.empty()) text += ", x-request-id " + example.request_id;
  if (!example.traceparent.empty()) text += ", traceparent " + example.traceparent;
  if (!example.detail.empty()) text += ": " + example.detail;
  return text + "\n";
}

std::string loss_text(const logs::Hop& hop, const logs::KindInfo& kind) {
  const std::uint64_t count = hop.count(kind.kind);
  std::string text =
      fmt::format("\n{}, {}: {} of {} requests ({}) {}\n  {}: {}\n", hop.source, logs::name(hop.direction), count,
                  hop.requests, share(count, hop.requests), kind.title, kind.code, kind.cause);
  for (const logs::Example& example : hop.examples[static_cast<std::size_t>(kind.kind)]) text += example_line(example);
  return text;
}

}  // namespace

std::string logs_text(const logs::Report& report) {
  std::string text = hop_table(report);
  for (const logs::Hop& hop : report.hops) {
    for (const logs::KindInfo& kind : logs::kinds()) {
      if (hop.count(kind.kind) > 0) text += printable(loss_text(hop, kind));
    }
  }
  return text;
}

std::string logs_notes(const logs::Report& report) {
  std::string notes;
  for (const logs::Source& source : report.sources) {
    if (source.entries == 0) {
      notes += warning_line(source.name, fmt::format("no access-log entry in its {} lines", source.lines));
      continue;
    }
    if (source.skipped > 0) {
      notes +=
          note_line(source.name, fmt::format("{} of {} lines are no access-log entries", source.skipped, source.lines));
    }
    if (source.overlong > 0) {
      notes += note_line(source.name, fmt::format("{} lines of over 1 MiB were left out", source.overlong));
    }
    if (source.connections > 0) {
      notes += note_line(source.name, fmt::format("{} entries are of TCP connections, in which no header is read",
                                                  source.connections));
    }
  }
  if (report.forgotten > 0 && report.hops.size() > 1) {
    notes += note_line("",
                       "more requests than memory compares at once: RESTARTED and UNSAMPLED miss those that are "
                       "far apart in what was read");
  }
  return notes;
}

}  // namespace meshtrace::cli
