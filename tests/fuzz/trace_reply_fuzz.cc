// A trace store's answer, of any format, to the verdict: whatever it says, every span stands in the tree once, and a
// trace that is not whole has a reason.
#include <cstdint>
#include <string_view>

#include "core/probe/jaeger_spans.h"
#include "core/probe/otlp_spans.h"
#include "core/probe/verdict.h"
#include "kube/json.h"
#include "tests/fuzz/require.h"

namespace meshtrace::fuzz {
namespace {

void check_trace(probe::SpanList list) {
  const std::size_t read = list.spans.size();
  const probe::Tree tree = probe::build_tree(std::move(list.spans), "00000000000000b1");
  require(tree.spans.size() + tree.duplicates == read, "no span is lost but for repeated ones");
  require(tree.lines.size() == tree.spans.size(), "every span stands in the tree once");
  require(tree.fragments.empty() == tree.spans.empty(), "spans are in pieces");
  require(tree.end_ns >= tree.begin_ns, "a trace does not end before it begins");
  for (const probe::Span& span : tree.spans) {
    require(span.id.size() == 16 && span.duration_ns >= 0 && span.start_ns >= tree.begin_ns, "a span is in order");
  }
  const probe::Verdict verdict = probe::judge(tree, {"a*", "cart"});
  require((verdict.outcome == probe::Outcome::kWhole) == verdict.reasons.empty(), "what is not whole has a reason");
}

}  // namespace
}  // namespace meshtrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtrace;
  const auto document = kube::parse_json({}, {reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  for (const auto add : {probe::add_otlp_spans, probe::add_jaeger_spans}) {
    probe::SpanList list;
    if (add(*document, list)) fuzz::check_trace(std::move(list));
  }
  return 0;
}
