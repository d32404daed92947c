// What an analysis says of logs: counts by hop and kind, and examples.
#include "core/logs/analysis.h"

#include <gmock/gmock.h>

#include "tests/unit/logs/support.h"

namespace meshtrace::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "log inbound 3: absent 1 malformed 2".
std::string summary(const Report& report) {
  std::string text;
  for (const Hop& hop : report.hops) {
    text += (text.empty() ? "" : "; ") + hop.source + " " + std::string(name(hop.direction)) + " " +
            std::to_string(hop.requests);
    for (const KindInfo& kind : kinds()) {
      if (hop.count(kind.kind) > 0) text += " " + std::string(kind.name) + " " + std::to_string(hop.count(kind.kind));
    }
    if (hop.unread > 0) text += " unread " + std::to_string(hop.unread);
  }
  return text;
}

std::vector<Example> examples(const Report& report, Kind kind, std::size_t hop = 0) {
  return report.hops.at(hop).examples[static_cast<std::size_t>(kind)];
}

TEST(Analysis, FindsNothingInAHealthyLog) {
  EXPECT_EQ(summary(analyze({Line{}.with_preset(), Line{}.with_preset()})), "log inbound 2");
}

TEST(Analysis, CountsWhatIsAbsentOrMalformedWithTheReason) {
  Line absent;
  absent.traceparent = "-";
  Line upper;
  upper.traceparent[3] = 'A';
  Line zero;
  zero.traceparent = traceparent(std::string(32, '0'));
  const Report report = analyze({Line{}.with_preset(), absent.with_preset(), upper.with_preset(), zero.with_preset()});
  EXPECT_EQ(summary(report), "log inbound 4 absent 1 malformed 2");
  const auto malformed = examples(report, Kind::kMalformed);
  ASSERT_EQ(malformed.size(), 2u);
  EXPECT_EQ(malformed[0].line, 3u);
  EXPECT_EQ(malformed[0].detail, "letters in upper case");
  EXPECT_EQ(malformed[0].traceparent, upper.traceparent);
  EXPECT_EQ(malformed[1].detail, "a trace id of zeros");
  EXPECT_EQ(examples(report, Kind::kAbsent)[0].request, "GET shop:80 /cart") << "no query: it may hold secrets";
}

TEST(Analysis, TakesA431ForThatAloneAndNotForAnAbsentHeader) {
  Line refused;
  refused.request = "- - HTTP/1.1";
  refused.code = "431";
  refused.request_id = refused.authority = refused.cluster = refused.traceparent = "-";
  Line bad = refused;
  bad.code = "400";
  Line from_application;
  from_application.code = "431";
  EXPECT_EQ(summary(analyze({refused.with_preset(), bad.with_preset(), from_application.with_preset()})),
            "log inbound 1 tooLarge 1; log other 2 tooLarge 1 unread 1");
}

TEST(Analysis, CountsConnectionsApart) {
  Line tcp;
  tcp.request = "- - -";
  tcp.code = "0";
  tcp.request_id = tcp.authority = tcp.traceparent = "-";
  const Report report = analyze({tcp.with_preset(), R"({"response_code":0,"method":null,"protocol":null})"});
  EXPECT_EQ(summary(report), "");
  EXPECT_EQ(report.sources[0].connections, 2u);
}

TEST(Analysis, TellsDirectionsApart) {
  Line out;
  out.cluster = "outbound|80||cart.shop.svc.cluster.local";
  Line passthrough;
  passthrough.cluster = "PassthroughCluster";
  EXPECT_EQ(summary(analyze({Line{}.with_preset(), out.with_preset(), passthrough.with_preset()})),
            "log inbound 1; log outbound 1; log other 1");
}

// The same request at three hops, each in another trace or not; logs in the order in which they are read.
Line hop_line(int millisecond, const std::string& trace, const std::string& flags = "01") {
  Line line;
  line.time = "2026-11-21T14:22:00.00" + std::to_string(millisecond) + "Z";
  line.traceparent = traceparent(trace, flags);
  return line;
}

TEST(Analysis, FindsARestartAtTheHopWhereItShowsFirst) {
  const std::string a = hop_line(1, kTrace).with_preset();
  const std::string b = hop_line(2, kOtherTrace).with_preset();
  const std::string c = hop_line(3, kOtherTrace).with_preset();
  const Report in_order = analyze(Logs{{"a", {a}}, {"b", {b}}, {"c", {c}}});
  EXPECT_EQ(summary(in_order), "a inbound 1; b inbound 1 restarted 1; c inbound 1");
  const auto example = examples(in_order, Kind::kRestarted, 1).at(0);
  EXPECT_EQ(example.detail, "trace ...a3ce929d0e0e4736 at a inbound, ...8448eb211c80319c here");
  EXPECT_EQ(example.line, 1u);

  const Report reversed = analyze(Logs{{"c", {c}}, {"b", {b}}, {"a", {a}}});
  EXPECT_EQ(summary(reversed), "a inbound 1; b inbound 1 restarted 1; c inbound 1");
  EXPECT_EQ(examples(reversed, Kind::kRestarted, 1).at(0).line, 0u) << "that entry was read before";
}

TEST(Analysis, FindsARestartBetweenWhatAPodReceivedAndSent) {
  Line sent = hop_line(2, kOtherTrace);
  sent.cluster = "outbound|80||cart";
  Line again = hop_line(3, kTrace.substr(16) + kTrace.substr(16));
  again.cluster = sent.cluster;
  EXPECT_EQ(summary(analyze({hop_line(1, kTrace).with_preset(), sent.with_preset(), again.with_preset()})),
            "log inbound 1; log outbound 2 restarted 1");
}

TEST(Analysis, ComparesOnlyRequestsOfOneId) {
  Line other = hop_line(2, kOtherTrace);
  other.request_id = "r2";
  Line none = hop_line(3, kOtherTrace);
  none.request_id = "-";
  EXPECT_EQ(summary(analyze(
                Logs{{"a", {hop_line(1, kTrace).with_preset()}}, {"b", {other.with_preset(), none.with_preset()}}})),
            "a inbound 1; b inbound 2");
}

TEST(Analysis, FindsWhereATraceIsNoLongerSampled) {
  const std::string sampled = hop_line(1, kTrace, "03").with_preset();
  const std::string dropped = hop_line(2, kTrace, "02").with_preset();
  const Report report = analyze(Logs{{"a", {sampled}}, {"b", {dropped}}});
  EXPECT_EQ(summary(report), "a inbound 1; b inbound 1 unsampled 1");
  EXPECT_EQ(examples(report, Kind::kUnsampled, 1).at(0).detail, "sampled at a inbound");
  const std::string before = hop_line(0, kTrace, "00").with_preset();
  EXPECT_EQ(summary(analyze(Logs{{"a", {sampled}}, {"b", {before}}})), "a inbound 1; b inbound 1")
      << "sampled later than not is no loss";
}

TEST(Analysis, SaysWhereTheFormatDoesNotShowTraceparent) {
  EXPECT_EQ(summary(analyze({Line{}.istio(), Line{}.istio(), Line{}.with_preset()})), "log inbound 3 notShown 2");
}

TEST(Analysis, TakesAMissingJsonMemberForAbsentOnceItWasThere) {
  const std::string without = R"({"response_code":200,"method":"GET"})";
  const std::string with = R"({"response_code":200,"method":"GET","traceparent":")" + traceparent() + "\"}";
  EXPECT_EQ(summary(analyze({without, with, without})), "log other 3 absent 1 notShown 1");
}

TEST(Analysis, NamesThePodThatAPrefixNames) {
  const std::string line = Line{}.with_preset();
  EXPECT_EQ(summary(analyze({"[pod/a-1/istio-proxy] " + line, "[pod/b-1/istio-proxy] " + line, line})),
            "log inbound 1; pod/a-1 inbound 1; pod/b-1 inbound 1");
}

TEST(Analysis, BoundsTheNumberOfHopsAndOfExamples) {
  std::vector<std::string> lines;
  Line line;
  line.traceparent = "-";
  for (int i = 0; i < 1000; ++i) lines.push_back("[pod/p" + std::to_string(i) + "/x] " + line.with_preset());
  for (int i = 0; i < 10; ++i) lines.push_back("[pod/p1/x] " + line.with_preset());
  const Report report = analyze(lines);
  EXPECT_EQ(report.hops.size(), HopTable::kMaxNames + 1);
  EXPECT_EQ(report.hops.front().source, HopTable::kOthers);
  EXPECT_EQ(report.hops.front().requests, 500u);
  for (const Hop& hop : report.hops) EXPECT_LE(hop.examples[0].size(), kMaxExamples);
  EXPECT_EQ(report.count(Kind::kAbsent), 1010u);
}

TEST(Analysis, ShowsNothingThatSteersATerminal) {
  Line line;
  line.traceparent = "\x1b[31m\xc2\x9b" + std::string(500, 'x');
  line.authority = "\xff\x01";
  const Example example = examples(analyze({line.with_preset()}), Kind::kMalformed).at(0);
  EXPECT_THAT(example.traceparent, testing::StartsWith("\\x1b[31m\\xc2\\x9bxxx"));
  EXPECT_THAT(example.traceparent, testing::EndsWith("..."));
  EXPECT_EQ(example.request, "GET \\xff\\x01 /cart");
}

TEST(Analysis, CountsEveryLineOfASource) {
  const std::string entry = Line{}.with_preset();
  const Report report = analyze({entry, "application", "", entry + "\r", std::string(kMaxLineBytes + 1, 'x'),
                                 std::string("\0\xff\n", 3), R"({"response_code":200})"});
  const Source& source = report.sources.at(0);
  EXPECT_EQ(source.lines, 8u);
  EXPECT_EQ(source.entries, 3u);
  EXPECT_EQ(source.skipped, 2u);
  EXPECT_EQ(source.overlong, 1u);
  EXPECT_THAT(source.formats, ElementsAre("Istio's text", "JSON"));
}

TEST(Analysis, JudgesNoTruncatedLastLine) {
  const std::string entry = Line{}.with_preset();
  Analysis analysis(Formats::known(), 1024);
  analysis.begin("log");
  analysis.feed(entry + "\n" + entry.substr(0, entry.find("01 tracestate")));
  analysis.end();
  EXPECT_EQ(summary(analysis.report()), "log inbound 1");
  EXPECT_EQ(analysis.report().sources.at(0).skipped, 1u);
}

TEST(Analysis, TellsNoRequestAsRestartedTwice) {
  const std::string a = hop_line(1, kTrace).with_preset();
  const std::string b = hop_line(2, kOtherTrace).with_preset();
  const std::string c = hop_line(3, kTrace).with_preset();
  EXPECT_EQ(summary(analyze(Logs{{"b", {b}}, {"c", {c}}, {"a", {hop_line(1, kOtherTrace).with_preset()}}})),
            "a inbound 1; b inbound 1; c inbound 1 restarted 1");
  EXPECT_EQ(summary(analyze(Logs{{"a", {a}}, {"b", {b}}, {"c", {c}}})),
            "a inbound 1; b inbound 1 restarted 1; c inbound 1 restarted 1");
}

TEST(Analysis, KeepsItsTimeWhereTheStatedFormatBeginsWithOne) {
  auto formats = Formats::stated("%START_TIME% %REQ(TRACEPARENT)%");
  ASSERT_TRUE(formats);
  EXPECT_EQ(summary(analyze({"2026-11-21T14:22:00.123Z " + traceparent(), "2026-11-21T14:22:00.123Z -"}, *formats)),
            "log other 2 absent 1");
}

}  // namespace
}  // namespace meshtrace::logs
