// The answers of trace stores as spans: every shape that Jaeger and Tempo give, and what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/probe/jaeger_spans.h"
#include "core/probe/otlp_spans.h"

namespace meshtrace::probe {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json otlp_span(const std::string& id, const std::string& parent) {
  return {{"traceId", "000000000000009600000000000000a0"},
          {"spanId", id},
          {"parentSpanId", parent},
          {"name", "GET /cart"},
          {"kind", 3},
          {"startTimeUnixNano", "1700000000000000000"},
          {"endTimeUnixNano", "1700000000005000000"},
          {"attributes", {{{"key", "server.address"}, {"value", {{"stringValue", "cart"}}}}}},
          {"status", {{"code", 2}}}};
}

json resource_spans(const json& span, const char* scopes = "scopeSpans") {
  const json service = {{"attributes", {{{"key", "service.name"}, {"value", {{"stringValue", "frontend"}}}}}}};
  return json::array({{{"resource", service}, {scopes, {{{"scope", json::object()}, {"spans", {span}}}}}}});
}

TEST(OtlpSpans, EveryShapeOfAStoreGivesTheSameSpan) {
  const json span = otlp_span("00000000000000b4", "00000000000000b3");
  const json cases[] = {
      {{"result", {{"resourceSpans", resource_spans(span)}}}},                              // Jaeger v3
      {{"trace", {{"resourceSpans", resource_spans(span)}}}, {"metrics", json::object()}},  // Tempo v2
      {{"trace", {{"batches", resource_spans(span)}}}},                                     // Tempo v2, 2.6
      {{"batches", resource_spans(span)}},                                                  // Tempo v1
      {{"resourceSpans", resource_spans(span)}},                                            // OTLP itself
      {{"batches", resource_spans(span, "instrumentationLibrarySpans")}},                   // before OTLP 0.15
  };
  for (const json& document : cases) {
    SpanList list;
    ASSERT_TRUE(add_otlp_spans(document, list)) << document;
    ASSERT_EQ(list.spans.size(), 1U) << document;
    const Span& read = list.spans.front();
    EXPECT_EQ(read.id, "00000000000000b4");
    EXPECT_EQ(read.parent_id, "00000000000000b3");
    EXPECT_EQ(read.service, "frontend");
    EXPECT_EQ(read.operation, "GET /cart");
    EXPECT_EQ(read.kind, SpanKind::kClient);
    EXPECT_EQ(read.start_ns, 1700000000000000000);
    EXPECT_EQ(read.duration_ns, 5000000);
    EXPECT_TRUE(read.failed);
    EXPECT_EQ(read.peer, "cart");
  }
}

TEST(OtlpSpans, ReadsIdsInBase64AndEnumerationsByName) {
  json span = otlp_span("AAAAAAAAALQ=", "AAAAAAAAAAA=");  // what Protobuf's JSON makes of bytes; a parent of zeros
  span["kind"] = "SPAN_KIND_SERVER";
  span["status"] = {{"code", "STATUS_CODE_OK"}};
  SpanList list;
  ASSERT_TRUE(add_otlp_spans({{"batches", resource_spans(span)}}, list));
  EXPECT_EQ(list.spans.at(0).id, "00000000000000b4");
  EXPECT_EQ(list.spans.at(0).parent_id, "");
  EXPECT_EQ(list.spans.at(0).kind, SpanKind::kServer);
  EXPECT_FALSE(list.spans.at(0).failed);
}

TEST(OtlpSpans, AddsTheDocumentsOfAChunkedReplyUp) {
  SpanList list;
  for (const char* id : {"00000000000000b4", "00000000000000b5"}) {
    ASSERT_TRUE(add_otlp_spans({{"result", {{"resourceSpans", resource_spans(otlp_span(id, ""))}}}}, list));
  }
  EXPECT_EQ(list.spans.size(), 2U);
}

TEST(OtlpSpans, ATraceWithoutSpansIsAnAnswer) {
  for (const json& document : {json{{"trace", json::object()}, {"metrics", json::object()}}, json{{"trace", nullptr}},
                               json{{"result", json::object()}}, json{{"batches", json::array()}}}) {
    SpanList list;
    EXPECT_TRUE(add_otlp_spans(document, list)) << document;
    EXPECT_TRUE(list.spans.empty());
  }
}

TEST(OtlpSpans, OtherDocumentsAreNone) {
  for (const json& document : {json::object(), json::array(), json("text"), json{{"data", json::array()}},
                               json{{"error", {{"message", "trace not found"}}}}, json{{"batches", "many"}}}) {
    SpanList list;
    EXPECT_FALSE(add_otlp_spans(document, list)) << document;
  }
}

TEST(OtlpSpans, KeepsTheStoresWordsAboutAPartialTrace) {
  SpanList list;
  ASSERT_TRUE(add_otlp_spans({{"trace", json::object()}, {"status", "PARTIAL"}, {"message", "too large"}}, list));
  EXPECT_EQ(list.note, "too large");
  ASSERT_TRUE(add_otlp_spans({{"trace", json::object()}, {"status", "PARTIAL"}}, list));
  EXPECT_THAT(list.note, HasSubstr("a part"));
}

TEST(OtlpSpans, OddValuesCountAsAbsent) {
  json span = otlp_span("00000000000000b4", "not an id");
  span["kind"] = 99;
  span["name"] = 7;
  span["startTimeUnixNano"] = "18446744073709551615";
  span["endTimeUnixNano"] = json::object();
  span["status"] = "ERROR";
  span["attributes"] = "none";
  SpanList list;
  ASSERT_TRUE(add_otlp_spans({{"batches", resource_spans(span)}}, list));
  const Span& read = list.spans.at(0);
  EXPECT_EQ(read.parent_id, "");
  EXPECT_EQ(read.kind, SpanKind::kUnspecified);
  EXPECT_EQ(read.operation, "");
  EXPECT_EQ(read.duration_ns, 0);
  EXPECT_FALSE(read.failed);
}

json jaeger_document(const json& span) {
  return {{"data", {{{"spans", {span}}, {"processes", {{"p1", {{"serviceName", "cart"}}}}}}}}, {"errors", nullptr}};
}

TEST(JaegerSpans, ReadsSpanProcessAndTags) {
  const json span = {{"spanID", "b4"},
                     {"operationName", "GET /"},
                     {"references",
                      {{{"refType", "FOLLOWS_FROM"}, {"spanID", "00000000000000b1"}},
                       {{"refType", "CHILD_OF"}, {"spanID", "00000000000000b3"}}}},
                     {"startTime", 1700000000000000},
                     {"duration", 5000},
                     {"tags",
                      {{{"key", "span.kind"}, {"value", "client"}},
                       {{"key", "error"}, {"type", "bool"}, {"value", true}},
                       {{"key", "upstream_cluster"}, {"value", "outbound|80||cart"}}}},
                     {"processID", "p1"}};
  SpanList list;
  ASSERT_TRUE(add_jaeger_spans(jaeger_document(span), list));
  const Span& read = list.spans.at(0);
  EXPECT_EQ(read.id, "00000000000000b4");
  EXPECT_EQ(read.parent_id, "00000000000000b3");
  EXPECT_EQ(read.service, "cart");
  EXPECT_EQ(read.kind, SpanKind::kClient);
  EXPECT_EQ(read.start_ns, 1700000000000000000);
  EXPECT_EQ(read.duration_ns, 5000000);
  EXPECT_TRUE(read.failed);
  EXPECT_EQ(read.peer, "outbound|80||cart");
}

TEST(JaegerSpans, ASpanWithoutIdIsCountedAndLeftOut) {
  SpanList list;
  ASSERT_TRUE(add_jaeger_spans(jaeger_document({{"operationName", "GET /"}}), list));
  EXPECT_TRUE(list.spans.empty());
  EXPECT_EQ(list.unreadable, 1U);
}

TEST(JaegerSpans, OtherDocumentsAreNone) {
  SpanList list;
  EXPECT_FALSE(add_jaeger_spans({{"batches", json::array()}}, list));
  EXPECT_FALSE(add_jaeger_spans({{"data", "text"}}, list));
  EXPECT_TRUE(add_jaeger_spans({{"data", nullptr}}, list));
  EXPECT_TRUE(add_jaeger_spans({{"data", {nullptr, 1, "x"}}}, list));
}

TEST(SpanList, CountsWhatIsOverTheLimit) {
  SpanList list;
  Span span;
  span.id = "00000000000000b4";
  for (std::size_t i = 0; i < kMaxSpans + 3; ++i) list.add(span);
  EXPECT_EQ(list.spans.size(), kMaxSpans);
  EXPECT_EQ(list.left_out, 3U);
}

TEST(HexId, ReadsHexadecimalWithAnyLetterCaseAndBase64) {
  EXPECT_EQ(hex_id("B4", kSpanIdBytes), "00000000000000b4");
  EXPECT_EQ(hex_id("AAAAAAAAALQ=", kSpanIdBytes), "00000000000000b4");
  EXPECT_EQ(hex_id("AAAAAAAAAJYAAAAAAAAAoA==", kTraceIdBytes), "000000000000009600000000000000a0");
  for (const char* none :
       {"", "0", "0000000000000000", "AAAAAAAAAAA=", "xyz", "AAAA*AAAALQ=", "00000000000000b4b4", "==========="}) {
    EXPECT_EQ(hex_id(none, kSpanIdBytes), "") << none;
  }
}

}  // namespace
}  // namespace meshtrace::probe
