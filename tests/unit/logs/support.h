// Entries of access logs for tests, and an analysis of them in one call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/logs/analysis.h"

namespace meshtrace::logs {

inline const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
inline const std::string kOtherTrace = "0af7651916cd43dd8448eb211c80319c";

inline std::string traceparent(const std::string& trace = kTrace, const std::string& flags = "01") {
  return "00-" + trace + "-00f067aa0ba902b7-" + flags;
}

// One entry in Istio's default format with our preset W3C; what a test states of it.
struct Line {
  std::string time = "2026-11-21T14:22:00.123Z";
  std::string request = "GET /cart?token=secret HTTP/1.1";
  std::string code = "200";
  std::string request_id = "r1";
  std::string authority = "shop:80";
  std::string cluster = "inbound|8080||";
  std::string traceparent = logs::traceparent();

  [[nodiscard]] std::string istio() const {
    return "[" + time + "] \"" + request + "\" " + code + " - via_upstream - \"-\" 0 9 1 1 \"-\" \"curl/8 (x)\" \"" +
           request_id + "\" \"" + authority + "\" \"10.1.0.1:8080\" " + cluster +
           " 127.0.0.6:1 10.1.0.17:8080 10.1.2.3:0 - default";
  }
  [[nodiscard]] std::string with_preset() const { return istio() + " traceparent=" + traceparent + " tracestate=-"; }
};

using Logs = std::vector<std::pair<std::string, std::vector<std::string>>>;  // lines by source

inline Report analyze(const Logs& sources, Formats formats = Formats::known()) {
  Analysis analysis(std::move(formats), 1024);
  for (const auto& [name, lines] : sources) {
    analysis.begin(name);
    for (const std::string& line : lines) analysis.feed(line + "\n");
    analysis.end();
  }
  return analysis.report();
}

inline Report analyze(const std::vector<std::string>& lines, Formats formats = Formats::known()) {
  return analyze(Logs{{"log", lines}}, std::move(formats));
}

}  // namespace meshtrace::logs
