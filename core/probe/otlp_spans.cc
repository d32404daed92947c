#include "core/probe/otlp_spans.h"

#include <charconv>
#include <limits>
#include <utility>

#include "core/base/json.h"

namespace meshtrace::probe {
namespace {

using nlohmann::json;

// Numbers of 64 bits are strings in Protobuf's JSON; some writers put them bare.
std::int64_t nanoseconds(const json& span, const char* key) {
  const json* value = find_member(span, {key});
  if (value == nullptr) return 0;
  std::uint64_t number = 0;
  if (value->is_number_unsigned()) {
    number = value->get<std::uint64_t>();
  } else if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(number, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

// An enumeration of Protobuf: its number, or its name.
int enum_value(const json& object, const char* key, std::initializer_list<const char*> names) {
  const json* value = find_member(object, {key});
  if (value == nullptr) return 0;
  if (value->is_number_integer()) {
    const auto number = value->get<std::int64_t>();
    return number >= 0 && number < static_cast<std::int64_t>(names.size()) ? static_cast<int>(number) : 0;
  }
  int number = 0;
  for (const char* name : names) {
    if (value->is_string() && value->get_ref<const std::string&>() == name) return number;
    ++number;
  }
  return 0;
}

std::string attribute(const json& holder, std::string_view key) {
  for (const json& pair : array_member(holder, {"attributes"})) {
    if (string_member(pair, {"key"}) == key) return string_member(pair, {"value", "stringValue"});
  }
  return {};
}

Span read_span(const json& value, const std::string& service) {
  Span span;
  span.id = hex_id(string_member(value, {"spanId"}), kSpanIdBytes);
  span.parent_id = hex_id(string_member(value, {"parentSpanId"}), kSpanIdBytes);
  span.service = service;
  span.operation = string_member(value, {"name"});
  span.kind = static_cast<SpanKind>(enum_value(value, "kind",
                                               {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
                                                "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"}));
  span.start_ns = nanoseconds(value, "startTimeUnixNano");
  span.duration_ns = nanoseconds(value, "endTimeUnixNano") - span.start_ns;
  constexpr int kError = 2;
  span.failed = enum_value(object_member(value, {"status"}), "code",
                           {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"}) == kError;
  span.peer = peer_of([&](std::string_view key) { return attribute(value, key); });
  return span;
}

void add_resource(const json& resource, SpanList& list) {
  const std::string service = attribute(object_member(resource, {"resource"}), "service.name");
  // The second is the name before OTLP 0.15.
  for (const char* scopes : {"scopeSpans", "instrumentationLibrarySpans"}) {
    for (const json& scope : array_member(resource, {scopes})) {
      for (const json& span : array_member(scope, {"spans"})) list.add(read_span(span, service));
    }
  }
}

// The list of a document, or null.
const json* resource_spans(const json& document) {
  for (const auto& path : {std::pair{"result", "resourceSpans"}, {"trace", "resourceSpans"}, {"trace", "batches"}}) {
    if (const json* list = find_member(document, {path.first, path.second})) return list;
  }
  for (const char* key : {"resourceSpans", "batches"}) {
    if (const json* list = find_member(document, {key})) return list;
  }
  return nullptr;
}

// A trace of which nothing has arrived: {"trace": {}}, {"result": {}}.
bool is_empty_reply(const json& document) {
  const json* trace = find_member(document, {"trace"});
  if (trace == nullptr) trace = find_member(document, {"result"});
  return trace != nullptr && (trace->is_object() || trace->is_null());
}

}  // namespace

bool add_otlp_spans(const json& document, SpanList& list) {
  const json* resources = resource_spans(document);
  if (resources == nullptr ? !is_empty_reply(document) : !resources->is_array()) return false;
  if (resources != nullptr) {
    for (const json& resource : *resources) add_resource(resource, list);
  }
  if (string_member(document, {"status"}) == "PARTIAL") {
    list.note = string_member(document, {"message"});
    if (list.note.empty()) list.note = "the store returned a part of the trace";
  }
  return true;
}

}  // namespace meshtrace::probe
