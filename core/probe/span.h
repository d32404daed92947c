// A trace's spans as values, whatever store and format they came from. Readers: otlp_spans.h, jaeger_spans.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::probe {

// A person reads the result, and a probe is one request: what is over this is counted, not kept.
inline constexpr std::size_t kMaxSpans = 10'000;

// OpenTelemetry's SpanKind.
enum class SpanKind { kUnspecified, kInternal, kServer, kClient, kProducer, kConsumer };

// "server"; "-" for kUnspecified.
std::string_view kind_name(SpanKind kind);

struct Span {
  std::string id;         // 16 hexadecimal digits, lower case
  std::string parent_id;  // the same; empty: it has none
  std::string service;    // resource attribute service.name
  std::string operation;
  SpanKind kind = SpanKind::kUnspecified;
  std::int64_t start_ns = 0;     // since the Unix epoch, by the clock of whoever made the span
  std::int64_t duration_ns = 0;  // never negative
  bool failed = false;           // status ERROR
  std::string peer;              // of client and producer spans: whom it called, as far as the span says
};

// What a store told of one trace, gathered over the parts of its reply.
struct SpanList {
  std::vector<Span> spans;
  std::size_t left_out = 0;    // over kMaxSpans
  std::size_t unreadable = 0;  // no usable span id
  std::string note;            // the store's own words about what it left out; empty: none

  // Counts the span instead where there is no more room, or its id is none.
  void add(Span span);
};

// An id of `bytes` bytes as lower-case hexadecimal digits: written so, with leading zeros or without, or in base64 as
// Protobuf's JSON has it. Empty for anything else, and for an id of zeros, which means none.
std::string hex_id(std::string_view text, std::size_t bytes);
inline constexpr std::size_t kSpanIdBytes = 8;
inline constexpr std::size_t kTraceIdBytes = 16;

// Whom a client span calls, by the attributes that semantic conventions and proxies use, the most telling first. URLs
// are not among them: they may hold secrets. `attribute` gives an empty text for one that is not there.
std::string peer_of(const std::function<std::string(std::string_view key)>& attribute);

}  // namespace meshtrace::probe
