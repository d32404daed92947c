#include "cli/probe_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/probe_waterfall.h"
#include "cli/text.h"
#include "kube/reply.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

// Bytes that a person is shown.
constexpr std::size_t kMaxValue = 300;    // of a header's value, a URL, a name
constexpr std::size_t kMaxReason = 1000;  // of a reason, which may hold some names

// One line, harmless for a terminal: everything here comes from servers that may be anybody's.
std::string shown(const std::string& text, std::size_t limit = kMaxValue) {
  std::string line = printable(kube::cut(text, limit));
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  return line;
}

std::string reply_text(const ProbeReport& report) {
  std::string out =
      fmt::format("{} {}\n  traceparent: {}\n", report.method, shown(report.url), report.context.traceparent());
  for (const std::string& url : report.reply.redirects) out += fmt::format("  redirected to {}\n", shown(url));
  out += fmt::format("HTTP status {}\n", report.reply.status);
  for (const auto& [name, value] : report.headers) out += fmt::format("  {}: {}\n", name, shown(value));
  for (const std::string& id : report.other_traces) {
    out += fmt::format("  The reply names another trace, {}: one was begun anew on the way; look for it, too.\n", id);
  }
  return out;
}

std::string verdict_text(const StoredTrace& stored) {
  const probe::Verdict& verdict = stored.verdict;
  std::string out;
  for (const probe::Hop& hop : verdict.hops) {
    out += fmt::format("{}{} {}", out.empty() ? "Hops: " : ", ", shown(hop.service), hop.seen ? "ok" : "MISSING");
  }
  if (!out.empty()) out += "\n";
  out += fmt::format("Result: {}\n", probe::outcome_name(verdict.outcome));
  for (const std::string& reason : verdict.reasons) out += fmt::format("  {}\n", shown(reason, kMaxReason));
  return out;
}

std::string trace_text(const StoredTrace& stored, const std::string& trace_id) {
  const std::string store =
      fmt::format("{}{}", probe::store_name(stored.kind), stored.api.empty() ? "" : " (API " + stored.api + ")");
  std::string out = fmt::format("\nTrace {} in {}; spans: {}, services: {}\n", trace_id, store,
                                stored.tree.spans.size(), stored.verdict.services.size());
  if (!stored.tree.lines.empty()) out += "\n" + waterfall(stored.tree);
  return out + "\n" + verdict_text(stored);
}

json spans_json(const probe::Tree& tree) {
  json spans = json::array();
  for (const probe::Tree::Line& line : tree.lines) {
    const probe::Span& span = tree.spans[line.span];
    spans.push_back({{"spanId", span.id},
                     {"parentSpanId", span.parent_id},
                     {"service", span.service},
                     {"operation", span.operation},
                     {"kind", probe::kind_name(span.kind)},
                     {"depth", line.depth},
                     {"startOffsetNanos", span.start_ns - tree.begin_ns},
                     {"durationNanos", span.duration_ns},
                     {"status", span.failed ? "error" : "ok"}});
  }
  return spans;
}

json fragments_json(const probe::Tree& tree) {
  json fragments = json::array();
  for (const probe::Fragment& fragment : tree.fragments) {
    static constexpr const char* kStarts[] = {"Request", "Parentless", "Orphan"};
    fragments.push_back({{"start", kStarts[static_cast<std::size_t>(fragment.start)]},
                         {"spanId", tree.spans[tree.lines[fragment.first_line].span].id}});
  }
  return fragments;
}

json trace_json(const StoredTrace& stored) {
  json hops = json::array();
  for (const probe::Hop& hop : stored.verdict.hops) hops.push_back({{"service", hop.service}, {"seen", hop.seen}});
  return {{"store", probe::store_name(stored.kind)},
          {"api", stored.api},
          {"result", probe::outcome_name(stored.verdict.outcome)},
          {"reasons", stored.verdict.reasons},
          {"hops", std::move(hops)},
          {"services", stored.verdict.services},
          {"fragments", fragments_json(stored.tree)},
          {"spans", spans_json(stored.tree)},
          {"notes", stored.notes}};
}

}  // namespace

std::string probe_text(const ProbeReport& report) {
  std::string out = reply_text(report);
  if (report.stored) out += trace_text(*report.stored, report.context.trace_id);
  return out;
}

json probe_json(const ProbeReport& report) {
  json headers = json::object();
  for (const auto& [name, value] : report.headers) headers[name] = value;
  json out{{"traceId", report.context.trace_id},
           {"traceparent", report.context.traceparent()},
           {"request", {{"method", report.method}, {"url", report.url}}},
           {"response",
            {{"status", report.reply.status},
             {"redirects", report.reply.redirects},
             {"headers", std::move(headers)},
             {"otherTraceIds", report.other_traces}}}};
  if (report.stored) out["trace"] = trace_json(*report.stored);
  return out;
}

}  // namespace meshtrace::cli
