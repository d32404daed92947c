// Spans by a few words, for tests of what is made of them.
#pragma once

#include <cstdint>
#include <string>

#include "core/probe/span.h"

namespace meshtrace::probe {

inline std::string id(const std::string& digits) { return hex_id(digits, kSpanIdBytes); }

inline Span span(const std::string& own, const std::string& parent, const std::string& service) {
  Span span;
  span.id = id(own);
  span.parent_id = id(parent);
  span.service = service;
  span.operation = "GET /";
  span.kind = SpanKind::kServer;
  return span;
}

inline Span at(Span span, std::int64_t start_ns) {
  span.start_ns = start_ns;
  return span;
}

inline Span kind(Span span, SpanKind kind) {
  span.kind = kind;
  return span;
}

}  // namespace meshtrace::probe
