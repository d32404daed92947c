// Spans from the JSON of Jaeger's first query API, which its own web page uses: GET /api/traces/{id}.
#pragma once

#include <nlohmann/json.hpp>

#include "core/probe/span.h"

namespace meshtrace::probe {

// Adds what the document holds. False: it is no such document. Source: Jaeger, model/json.
bool add_jaeger_spans(const nlohmann::json& document, SpanList& list);

}  // namespace meshtrace::probe
