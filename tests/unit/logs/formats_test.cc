// What is read out of lines, by format.
#include "core/logs/formats.h"

#include <gmock/gmock.h>

#include "core/mesh/access_log.h"
#include "core/mesh/access_log_formats.h"
#include "tests/unit/logs/support.h"

namespace meshtrace::logs {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kIstio = Line{}.istio();
const std::string kEnvoy =
    R"([2026-11-21T14:22:00.123Z] "POST /v1 HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "r1" "shop:80" "10.0.2.1:80")";

std::string format_of(const std::string& line) {
  const Formats formats = Formats::known();
  Fields fields;
  const auto format = formats.read(line, 0, fields);
  return format ? std::string(formats.name(*format)) : "none";
}

TEST(Formats, TellsTheKnownOnesApart) {
  const std::string before_flags = R"([2026-11-21T14:22:00.123Z] "GET /a HTTP/1.1" 200 - )";
  const std::string rest =
      R"("-" 0 9 1 1 "-" "curl" "r1" "shop:80" "10.1.0.1:80" inbound|80|http|a.b.svc 127.0.0.1:1 10.1.0.2:80 10.1.0.3:0 )"
      "outbound_.80_._.a.b.svc default";
  EXPECT_EQ(format_of(kIstio), "Istio's text");
  EXPECT_EQ(format_of(Line{}.with_preset()), "Istio's text");
  EXPECT_EQ(format_of(before_flags + rest), "Istio's text of 1.8");
  EXPECT_EQ(format_of(before_flags + R"("-" )" + rest), "Istio's text before 1.8");
  EXPECT_EQ(format_of(kEnvoy), "Envoy's text");
  EXPECT_EQ(format_of(kEnvoy + " traceparent=- tracestate=-"), "Envoy's text");
  EXPECT_EQ(format_of(R"({"response_code":200,"traceparent":null})"), "JSON");
}

TEST(Formats, LeaveOtherLinesAlone) {
  for (
      const std::string line : {
          "2026-11-21T14:22:00.1Z\tinfo\tEnvoy proxy is ready",
          "[2026-11-21 14:22:00.123][17][warning][config] [source/x.cc:1] gRPC config stream closed",
          R"({"level":"info","time":"2026-11-21T14:22:00Z","msg":"Envoy proxy is ready"})",
          R"({"path":"/a","method":"GET","request_id":"r1","traceparent":"00-1"})",
          R"({"response_code":200,"traceparent":"00-4bf9)",
          R"({"response_code":200)",
          R"({"response_code"})",
          "{}",
          "[",
          "{",
          "GET /a 200",
          R"([2026-11-21T14:22:00.123Z] "GET /a HTTP/1.1" 200 - via_upstream)",
          R"([2026-11-21T14:22:00.123Z] "GET /a HTTP/1.1" OK - via_upstream - "-" 0 9 1 1 "-" "c" "r" "a" "h" i u d r - x)",
      }) {
    EXPECT_EQ(format_of(line), "none") << line;
  }
  EXPECT_EQ(format_of(kIstio.substr(0, kIstio.size() - 60)), "none") << "a truncated line";
}

// What each field of a line is; absent and not shown differ.
std::string fields_of(const Formats& formats, const std::string& line) {
  Fields fields;
  if (!formats.read(line, 0, fields)) return "none";
  std::string text;
  for (const auto& [name, field] : {std::pair{"tp", Field::kTraceparent},
                                    {"id", Field::kRequestId},
                                    {"code", Field::kResponseCode},
                                    {"cluster", Field::kUpstreamCluster},
                                    {"auth", Field::kAuthority},
                                    {"path", Field::kPath},
                                    {"method", Field::kMethod},
                                    {"proto", Field::kProtocol},
                                    {"time", Field::kStartTime}}) {
    if (fields.shows(field)) text += std::string(name) + "=" + std::string(fields.value(field)) + ";";
  }
  return text;
}

TEST(Formats, ReadTheFieldsOfTextAndJsonAlike) {
  const std::string expected =
      "tp=" + traceparent() +
      ";id=r1;code=200;cluster=inbound|8080||;auth=shop:80;path=/cart?token=secret;method=GET;proto=HTTP/1.1;"
      "time=2026-11-21T14:22:00.123Z;";
  const Formats formats = Formats::known();
  EXPECT_EQ(fields_of(formats, Line{}.with_preset()), expected);
  const json entry = {{"authority", "shop:80"},
                      {"method", "GET"},
                      {"path", "/cart?token=secret"},
                      {"protocol", "HTTP/1.1"},
                      {"request_id", "r1"},
                      {"response_code", 200},
                      {"start_time", "2026-11-21T14:22:00.123Z"},
                      {"traceparent", traceparent()},
                      {"tracestate", nullptr},
                      {"user_agent", "a \"quoted\" one, \"code\": 5 \\"},
                      {"upstream_cluster", "inbound|8080||"}};
  EXPECT_EQ(fields_of(formats, entry.dump()), expected);
  EXPECT_EQ(fields_of(formats, entry.dump(1).substr(0, 1) + " " + entry.dump().substr(1) + "  "), expected);
}

TEST(Formats, TakeADashAndNullForNothing) {
  const Formats formats = Formats::known();
  Line line;
  line.traceparent = line.request_id = "-";
  EXPECT_THAT(fields_of(formats, line.with_preset()), HasSubstr("tp=;id=;"));
  EXPECT_EQ(fields_of(formats, R"({"response_code":0,"traceparent":null,"request_id":"-"})"), "tp=;id=;code=0;");
  EXPECT_EQ(fields_of(formats, R"({"response_code": 0 , "request_id" : null })"), "id=;code=0;");
}

// What policies write, read back: every encoding, with the presets that matter and with others before them.
TEST(Formats, KnowWhatOurPresetsMake) {
  for (const json& presets : {json{"W3C"}, json{"RequestID", "B3", "Baggage", "W3C"}}) {
    const auto text = mesh::make_access_log({{"traceHeaders", presets}}, json::object());
    std::string line = text.text.substr(0, text.text.size() - 1);
    for (const auto& [command, value] : {std::pair<std::string, std::string>{"%REQ(TRACEPARENT)%", traceparent()},
                                         {"%RESPONSE_CODE%", "200"},
                                         {"%BYTES_RECEIVED%", "0"},
                                         {"%BYTES_SENT%", "0"},
                                         {"%DURATION%", "-"}}) {
      line.replace(line.find(command), command.size(), value);
    }
    EXPECT_THAT(fields_of(Formats::known(), line), HasSubstr("tp=" + traceparent())) << line;

    json entry = mesh::make_access_log({{"encoding", "JSON"}, {"traceHeaders", presets}}, json::object()).json;
    entry["traceparent"] = traceparent();
    EXPECT_THAT(fields_of(Formats::known(), entry.dump()), HasSubstr("tp=" + traceparent())) << entry;
  }
}

TEST(StatedFormat, IsReadByEnvoysGrammar) {
  const auto text = Formats::stated("own %REQ(:PATH)% 100%% %REQ(TraceParent?X):55%|%RESPONSE_CODE%%DURATION% end\n");
  ASSERT_FALSE(text) << "nothing tells code and duration apart";
  EXPECT_THAT(text.error().what, HasSubstr("%RESPONSE_CODE% and %DURATION%"));

  const auto formats = Formats::stated("own %REQ(:PATH)% 100%% %REQ(TraceParent?X):55%|%BYTES_SENT%%DURATION% end\n");
  ASSERT_TRUE(formats) << formats.error().what;
  EXPECT_EQ(fields_of(*formats, "own /a 100% 00-1|57 end"), "tp=00-1;path=/a;");
  EXPECT_EQ(fields_of(*formats, "own /a 100% -|- end"), "tp=;path=/a;");
  EXPECT_EQ(fields_of(*formats, "own /a 100% 00-1|57 end."), "none");
  EXPECT_EQ(fields_of(*formats, kIstio), "none") << "only the stated one is read";
}

TEST(StatedFormat, MayBeJson) {
  const auto formats = Formats::stated(
      R"({"t": "%REQ(TRACEPARENT)%", "in": {"status": "%RESPONSE_CODE%"}, "all": "x %PROTOCOL%", "n": 1})");
  ASSERT_TRUE(formats) << formats.error().what;
  EXPECT_EQ(fields_of(*formats, R"({"t":"00-1","in":{"status":200},"all":"x HTTP/2"})"), "tp=00-1;code=200;");
  EXPECT_EQ(fields_of(*formats, R"({"in":{"status":200}})"), "code=200;");
  EXPECT_EQ(fields_of(*formats, R"({"other":1})"), "none");
}

TEST(StatedFormat, MayBeJsonWrittenByATextFormat) {
  const auto formats = Formats::stated(R"({"status":%RESPONSE_CODE%,"t":"%REQ(TRACEPARENT)%"})");
  ASSERT_TRUE(formats) << formats.error().what;
  EXPECT_EQ(fields_of(*formats, R"({"status":200,"t":"-"})"), "tp=;code=200;");
}

TEST(StatedFormat, IsRefusedWithTheReason) {
  for (const auto& [format, reason] : {
           std::pair{"", "it logs nothing"},
           {"plain text", "it logs nothing"},
           {"%REQ(TRACEPARENT", "begins no command"},
           {"%REQ(TRACEPARENT)%%REQ(X-REQUEST-ID)%", "cannot be told apart"},
           {"%REQ(TRACEPARENT):35%", "cuts traceparent to 35 characters"},
           {"%PROTOCOL%\n%REQ(TRACEPARENT)%\n", "a line break inside"},
           {R"({"a": "%REQ(TRACEPARENT):10%"})", "cuts traceparent to 10 characters"},
           {R"({"a": {"x": "%REQ(TRACEPARENT)%"}, "b": {"x": "%PROTOCOL%"}})", "stands for two commands"},
           {R"({"a": "b"})", "no member in it"},
       }) {
    const auto formats = Formats::stated(format);
    ASSERT_FALSE(formats) << format;
    EXPECT_THAT(formats.error().what, HasSubstr(reason)) << format;
  }
  EXPECT_FALSE(Formats::stated("{\"a\":" + std::string(100'000, '[')));
}

}  // namespace
}  // namespace meshtrace::logs
