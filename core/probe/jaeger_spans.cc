#include "core/probe/jaeger_spans.h"

#include <array>
#include <limits>

#include "core/base/json.h"

namespace meshtrace::probe {
namespace {

using nlohmann::json;

constexpr std::int64_t kNsPerUs = 1000;

std::int64_t nanoseconds(const json& span, const char* key) {
  const json* value = find_member(span, {key});
  if (value == nullptr || !value->is_number_integer()) return 0;
  const auto microseconds = value->get<std::int64_t>();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kNsPerUs;
  return microseconds < 0 || microseconds > kMost ? 0 : microseconds * kNsPerUs;
}

const json* tag(const json& span, std::string_view key) {
  for (const json& pair : array_member(span, {"tags"})) {
    if (string_member(pair, {"key"}) == key) return find_member(pair, {"value"});
  }
  return nullptr;
}

std::string text_tag(const json& span, std::string_view key) {
  const json* value = tag(span, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

SpanKind kind_of(const json& span) {
  const std::string name = text_tag(span, "span.kind");
  for (const SpanKind kind :
       {SpanKind::kInternal, SpanKind::kServer, SpanKind::kClient, SpanKind::kProducer, SpanKind::kConsumer}) {
    if (name == kind_name(kind)) return kind;
  }
  return SpanKind::kUnspecified;
}

// OpenTracing's tag, a boolean or its text.
bool has_failed(const json& span) {
  const json* error = tag(span, "error");
  return error != nullptr && (*error == json(true) || *error == json("true"));
}

// The parent is the reference CHILD_OF; a span that only FOLLOWS_FROM another has that as its parent.
std::string parent_of(const json& span) {
  std::string parent;
  for (const json& reference : array_member(span, {"references"})) {
    const std::string id = hex_id(string_member(reference, {"spanID"}), kSpanIdBytes);
    if (string_member(reference, {"refType"}) == "CHILD_OF") return id;
    if (parent.empty()) parent = id;
  }
  return parent;
}

Span read_span(const json& value, const json& processes) {
  Span span;
  span.id = hex_id(string_member(value, {"spanID"}), kSpanIdBytes);
  span.parent_id = parent_of(value);
  span.service = string_member(processes, {string_member(value, {"processID"}).c_str(), "serviceName"});
  span.operation = string_member(value, {"operationName"});
  span.kind = kind_of(value);
  span.start_ns = nanoseconds(value, "startTime");
  span.duration_ns = nanoseconds(value, "duration");
  span.failed = has_failed(value);
  span.peer = peer_of([&](std::string_view key) { return text_tag(value, key); });
  return span;
}

}  // namespace

bool add_jaeger_spans(const json& document, SpanList& list) {
  const json* traces = find_member(document, {"data"});
  if (traces == nullptr || !(traces->is_array() || traces->is_null())) return false;
  for (const json& trace : array_member(document, {"data"})) {
    const json& processes = object_member(trace, {"processes"});
    for (const json& span : array_member(trace, {"spans"})) list.add(read_span(span, processes));
  }
  return true;
}

}  // namespace meshtrace::probe
