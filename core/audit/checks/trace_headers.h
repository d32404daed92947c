// What becomes of a trace when a hop removes or overwrites a header: for the checks of the header's way in. It depends
// on the proxy of the hop, which writes the headers of its own tracer after routes and filters have run, and on which
// formats are spoken behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/audit/check.h"
#include "core/audit/header_changes.h"
#include "core/audit/model.h"

namespace meshtrace::audit {

// The proxy that a request leaves on a hop, as far as its tracing goes.
struct HopTracer {
  bool writes_w3c = false;
  bool writes_b3 = false;
};

// Of the proxy at a node, in one direction: what it calls, or what comes to its application.
HopTracer tracer_at(const Model& model, const PathNode& node, Direction direction = Direction::kClient);

// Of a namespace's sidecars, where no node is known.
HopTracer tracer_in(const Model& model, const std::string& ns);

// Whether a tracer, an SDK or Linkerd speaks B3 somewhere, as far as is known.
bool speaks_b3(const Model& model);

// What follows for traces: one sentence for each header family, and the severity of the worst.
struct Consequence {
  Severity severity = Severity::kInfo;
  std::string text;
};
Consequence consequence_of(const Model& model, const std::vector<HeaderChange>& changes, const HopTracer& tracer);

// "removes traceparent and baggage, sets b3"
std::string deeds_of(const std::vector<HeaderChange>& changes);

// Whether the change does harm at all: what is added to the lists tracestate and baggage does none.
bool is_harmful(const HeaderChange& change);

}  // namespace meshtrace::audit
