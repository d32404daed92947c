#include <cmath>

#include "cli/logs_text.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

// In percent, to the hundredth.
double share(std::uint64_t count, std::uint64_t requests) {
  return std::round(10'000.0 * static_cast<double>(count) / static_cast<double>(requests)) / 100.0;
}

// Names of files need not be UTF-8, but JSON must.
std::string as_utf8(const std::string& name) {
  return json::parse(json(name).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

json example_json(const logs::Example& example) {
  json out{{"request", example.request}, {"requestId", example.request_id}};
  if (example.line > 0) out["line"] = example.line;
  if (!example.traceparent.empty()) out["traceparent"] = example.traceparent;
  if (!example.detail.empty()) out["detail"] = example.detail;
  return out;
}

json hop_json(const logs::Hop& hop) {
  json findings = json::array();
  for (const logs::KindInfo& kind : logs::kinds()) {
    const std::uint64_t count = hop.count(kind.kind);
    if (count == 0) continue;
    json examples = json::array();
    for (const auto& example : hop.examples[static_cast<std::size_t>(kind.kind)])
      examples.push_back(example_json(example));
    findings.push_back({{"kind", kind.name},
                        {"code", kind.code},
                        {"count", count},
                        {"percent", share(count, hop.requests)},
                        {"message", kind.title},
                        {"cause", kind.cause},
                        {"examples", std::move(examples)}});
  }
  return {{"source", as_utf8(hop.source)},
          {"direction", logs::name(hop.direction)},
          {"requests", hop.requests},
          {"unread", hop.unread},
          {"findings", std::move(findings)}};
}

json source_json(const logs::Source& source) {
  return {{"name", as_utf8(source.name)}, {"lines", source.lines},       {"entries", source.entries},
          {"skipped", source.skipped},    {"overlong", source.overlong}, {"connections", source.connections},
          {"formats", source.formats}};
}

}  // namespace

json logs_json(const logs::Report& report) {
  json out{{"hops", json::array()}, {"sources", json::array()}};
  json summary{{"requests", 0}, {"forgotten", report.forgotten}};
  std::uint64_t requests = 0;
  for (const logs::Hop& hop : report.hops) {
    out["hops"].push_back(hop_json(hop));
    requests += hop.requests;
  }
  for (const logs::Source& source : report.sources) out["sources"].push_back(source_json(source));
  summary["requests"] = requests;
  for (const logs::KindInfo& kind : logs::kinds()) summary[std::string(kind.name)] = report.count(kind.kind);
  out["summary"] = std::move(summary);
  return out;
}

}  // namespace meshtrace::cli
