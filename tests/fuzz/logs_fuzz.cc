// Access logs, and formats that users state: every line is counted once, what is shown is ASCII, and the pieces in
// which bytes come make no difference. The input is a format, a line break, then the log.
#include <algorithm>
#include <cstdint>
#include <string>

#include "core/logs/analysis.h"
#include "tests/fuzz/require.h"

namespace meshtrace::fuzz {
namespace {

constexpr std::size_t kRemembered = 64;

void check_text(const std::string& text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  require(is_ascii, "what is shown is printable ASCII", text);
}

void check(const logs::Report& report) {
  const logs::Source& source = report.sources.at(0);
  std::uint64_t requests = 0;
  for (const logs::Hop& hop : report.hops) {
    requests += hop.requests;
    for (const auto& examples : hop.examples) {
      require(examples.size() <= logs::kMaxExamples, "examples are bounded");
      for (const logs::Example& example : examples) {
        check_text(example.request + example.request_id + example.traceparent);
      }
    }
    for (const std::uint64_t count : hop.counts) require(count <= hop.requests, "no more are lost than there were");
  }
  require(requests + source.connections == source.entries, "an entry is a request or a connection");
  require(source.entries + source.skipped + source.overlong <= source.lines, "a line is counted once");
}

logs::Report analyze(const logs::Formats& formats, std::string_view log, std::size_t piece) {
  logs::Analysis analysis(formats, kRemembered);
  analysis.begin("log");
  for (; !log.empty(); log.remove_prefix(std::min(piece, log.size()))) analysis.feed(log.substr(0, piece));
  analysis.end();
  return analysis.report();
}

void check_log(const logs::Formats& formats, std::string_view log) {
  const logs::Report whole = analyze(formats, log, log.size());
  check(whole);
  const logs::Report pieces = analyze(formats, log, 7);
  require(whole.sources[0].entries == pieces.sources[0].entries, "pieces make no difference");
  for (const logs::KindInfo& kind : logs::kinds()) {
    require(whole.count(kind.kind) == pieces.count(kind.kind), "pieces make no difference", std::string(kind.name));
  }
}

}  // namespace
}  // namespace meshtrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtrace;
  static const logs::Formats known = logs::Formats::known();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), size);
  const auto stated = logs::Formats::stated(text.substr(0, end));
  fuzz::require(stated || !stated.error().what.empty(), "a refusal says why");
  if (stated) fuzz::check_log(*stated, text.substr(end));
  fuzz::check_log(known, text);
  return 0;
}
