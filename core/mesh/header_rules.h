// Rules about trace headers that must hold before a proxy's own tracing reads them, as one list of Envoy's early header
// mutations: HTTP filters and Lua run too late. What is wrong is removed; a request never fails for it.
// Sources: W3C Trace Context (traceparent, tracestate), W3C Baggage, Envoy "HTTP early header mutation", CEL.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "core/mesh/version.h"

namespace meshtrace::mesh {

struct HeaderRules {
  bool remove_invalid_traceparent = false;    // and tracestate with it
  bool prefer_w3c = false;                    // with a valid traceparent, b3 and x-b3-* go
  std::optional<int> max_baggage_bytes = {};  // a longer baggage goes
  [[nodiscard]] bool any() const { return remove_invalid_traceparent || prefer_w3c || max_baggage_bytes.has_value(); }
};

// The oldest Envoy that takes the list: since 1.34 %CEL()% is a command that header values may use.
inline constexpr Version kOldestEnvoyForHeaderRules{1, 34, 0};

// One entry of early_header_mutation_extensions. Running it twice is the same as running it once.
nlohmann::json early_header_mutation(const HeaderRules& rules);

}  // namespace meshtrace::mesh
