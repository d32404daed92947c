// The trace context that a probe sends, and what a response says of the trace that it became part of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::probe {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Context {
  std::string trace_id;  // 32 lower-case hexadecimal digits, not all zero
  std::string span_id;   // 16 of them: the parent of the first hop's span. No store will have it, a probe reports none.

  // Always sampled: a proxy or SDK that follows its caller then records.
  [[nodiscard]] std::string traceparent() const;
};

// From three random numbers, of which none needs to be distinct from zero.
Context random_context(std::uint64_t high, std::uint64_t low, std::uint64_t span);

// A context that a user wants: a trace id, or a whole traceparent. `random` takes the part that is not given.
Result<Context> wanted_context(std::string_view text, const Context& random);

// Of a response's headers those that tell of tracing or of who answered, in the order of a table of ours and with its
// letter case.
Headers telling_headers(const Headers& response);

// Trace ids that the response names and that are not ours: the trace was begun anew somewhere on the way, and the other
// part of it is to be found under that id. Each once.
std::vector<std::string> other_trace_ids(const Headers& response, const Context& sent);

}  // namespace meshtrace::probe
