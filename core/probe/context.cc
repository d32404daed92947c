#include "core/probe/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/letter_case.h"
#include "core/probe/span.h"
#include "core/trace/traceparent.h"

namespace meshtrace::probe {
namespace {

// How a header names a trace, if it does.
enum class Names { kNothing, kTraceparent, kTraceId, kB3 };

struct Telling {
  std::string_view header;  // lower case
  Names names;
};

// Source of the first two: W3C Trace Context, level 1 and the draft of level 2.
constexpr std::array kTelling = {
    Telling{"traceparent", Names::kTraceparent},
    Telling{"traceresponse", Names::kTraceparent},
    Telling{"tracestate", Names::kNothing},
    Telling{"b3", Names::kB3},
    Telling{"x-b3-traceid", Names::kTraceId},
    Telling{"x-b3-sampled", Names::kNothing},
    Telling{"x-request-id", Names::kNothing},
    Telling{"x-trace-id", Names::kTraceId},
    Telling{"x-amzn-trace-id", Names::kNothing},
    Telling{"x-cloud-trace-context", Names::kNothing},
    Telling{"server-timing", Names::kNothing},
    Telling{"server", Names::kNothing},
    Telling{"via", Names::kNothing},
    Telling{"x-envoy-upstream-service-time", Names::kNothing},
    Telling{"x-envoy-decorator-operation", Names::kNothing},
};

std::string trace_id_in(Names names, std::string_view value) {
  if (names == Names::kTraceparent) {
    const auto read = trace::parse_traceparent(value);
    return read ? std::string(read->trace_id) : std::string();
  }
  if (names == Names::kB3) value = value.substr(0, value.find('-'));
  constexpr std::size_t kShortest = 2 * kSpanIdBytes;  // a trace id of 64 bits, as B3 allows
  return names != Names::kNothing && value.size() >= kShortest ? hex_id(value, kTraceIdBytes) : std::string();
}

// Calls with each telling header that is there.
template <class Visit>
void visit_telling(const Headers& response, Visit visit) {
  for (const Telling& telling : kTelling) {
    for (const auto& [name, value] : response) {
      if (equal_without_case(name, telling.header)) visit(telling, value);
    }
  }
}

}  // namespace

std::string Context::traceparent() const { return fmt::format("00-{}-{}-01", trace_id, span_id); }

Context random_context(std::uint64_t high, std::uint64_t low, std::uint64_t span) {
  const std::uint64_t some_low = high == 0 && low == 0 ? 1 : low;
  return {fmt::format("{:016x}{:016x}", high, some_low), fmt::format("{:016x}", span == 0 ? 1 : span)};
}

Result<Context> wanted_context(std::string_view text, const Context& random) {
  if (const auto whole = trace::parse_traceparent(text)) {
    return Context{std::string(whole->trace_id), std::string(whole->parent_id)};
  }
  const std::string id = text.size() == 2 * kTraceIdBytes ? hex_id(text, kTraceIdBytes) : std::string();
  if (id.empty()) return fail("--trace-id", "must be 32 hexadecimal digits, not all zero, or a whole traceparent");
  return Context{id, random.span_id};
}

Headers telling_headers(const Headers& response) {
  Headers found;
  visit_telling(response,
                [&](const Telling& telling, const std::string& value) { found.emplace_back(telling.header, value); });
  return found;
}

std::vector<std::string> other_trace_ids(const Headers& response, const Context& sent) {
  std::vector<std::string> ids;
  visit_telling(response, [&](const Telling& telling, const std::string& value) {
    const std::string id = trace_id_in(telling.names, value);
    if (!id.empty() && id != sent.trace_id && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  });
  return ids;
}

}  // namespace meshtrace::probe
