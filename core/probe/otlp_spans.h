// Spans from OTLP's JSON, as Jaeger's query API v3 and Tempo answer with it.
#pragma once

#include <nlohmann/json.hpp>

#include "core/probe/span.h"

namespace meshtrace::probe {

// Adds what one document of a reply holds. False: it is no such document. Known shapes: resourceSpans or batches (Tempo
// before 2.6), at the top, below `result` (Jaeger; each part of a chunked reply is a document of its own) or below
// `trace` (Tempo's v2, which says `status: PARTIAL` of a trace that is over its limits).
// Source: opentelemetry-proto (trace.proto), jaeger-idl (query_service.proto), Tempo's HTTP API.
bool add_otlp_spans(const nlohmann::json& document, SpanList& list);

}  // namespace meshtrace::probe
