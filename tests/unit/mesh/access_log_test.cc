#include "core/mesh/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/mesh/access_log_formats.h"
#include "core/policy/access_log_format.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

AccessLog made(const char* access_log, const json& mesh = json::object()) {
  return make_access_log(json::parse(access_log), mesh);
}

TEST(AccessLog, AppendsThePresetsToIstiosDefault) {
  const AccessLog log = made(R"({"traceHeaders": ["W3C"], "encoding": "TEXT", "file": "/dev/stdout"})");
  EXPECT_EQ(log.file, "/dev/stdout");
  EXPECT_EQ(log.encoding, LogEncoding::kText);
  EXPECT_THAT(log.text,
              testing::StartsWith("[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" "));
  EXPECT_THAT(log.text, EndsWith(" %ROUTE_NAME% traceparent=%REQ(TRACEPARENT)% tracestate=%REQ(TRACESTATE)%\n"));
  // Istio's default has it, so that it is not appended.
  EXPECT_THAT(log.text, Not(HasSubstr("response_code_details=")));
}

TEST(AccessLog, HasNoFileWhereThePolicyNamesNone) {
  EXPECT_EQ(made(R"({"traceHeaders": ["W3C"]})").file, std::nullopt);
}

TEST(AccessLog, AppendsToTheFormatOfTheMesh) {
  const struct {
    const char* name;
    const char* format;
    const char* presets;
    const char* expected;
  } cases[] = {
      {"one line", "%DURATION%\n", R"(["W3C"])",
       "%DURATION% traceparent=%REQ(TRACEPARENT)% tracestate=%REQ(TRACESTATE)% "
       "response_code_details=%RESPONSE_CODE_DETAILS%\n"},
      {"no final line end", "%RESPONSE_CODE_DETAILS%", R"(["Jaeger"])",
       "%RESPONSE_CODE_DETAILS% uber-trace-id=%REQ(UBER-TRACE-ID)%\n"},
      {"the details with an argument", "%RESPONSE_CODE_DETAILS(X)%\r\n", R"(["XRay"])",
       "%RESPONSE_CODE_DETAILS(X)% x-amzn-trace-id=%REQ(X-AMZN-TRACE-ID)%\r\n"},
      {"several line ends", "%RESPONSE_CODE_DETAILS%\n\n", R"(["Baggage"])",
       "%RESPONSE_CODE_DETAILS% baggage=%REQ(BAGGAGE)%\n\n"},
      {"two lines a request", "%RESPONSE_CODE_DETAILS%\n%DURATION%\n", R"(["CloudTrace"])",
       "%RESPONSE_CODE_DETAILS%\n%DURATION% x-cloud-trace-context=%REQ(X-CLOUD-TRACE-CONTEXT)%\n"},
      {"a header that is logged already, in part or whole",
       "%RESPONSE_CODE_DETAILS% %REQ(TraceParent):10% %%REQ(TRACESTATE)%%", R"(["W3C"])",
       "%RESPONSE_CODE_DETAILS% %REQ(TraceParent):10% %%REQ(TRACESTATE)%% tracestate=%REQ(TRACESTATE)%\n"},
      {"one that is logged first of two",
       "%RESPONSE_CODE_DETAILS% %REQ(TRACEPARENT?B3)% %REQUEST_HEADER(TRACESTATE)%\n", R"(["W3C"])",
       "%RESPONSE_CODE_DETAILS% %REQ(TRACEPARENT?B3)% %REQUEST_HEADER(TRACESTATE)%\n"},
      {"one that is logged second of two", "%RESPONSE_CODE_DETAILS% %REQ(B3?BAGGAGE)%\n", R"(["Baggage"])",
       "%RESPONSE_CODE_DETAILS% %REQ(B3?BAGGAGE)% baggage=%REQ(BAGGAGE)%\n"},
      {"a response header is none of the request", "%RESPONSE_CODE_DETAILS% %RESP(BAGGAGE)%\n", R"(["Baggage"])",
       "%RESPONSE_CODE_DETAILS% %RESP(BAGGAGE)% baggage=%REQ(BAGGAGE)%\n"},
      {"a text that is a JSON object", "{\"d\": %DURATION%, \"r\": \"%RESPONSE_CODE_DETAILS%\"}\n", R"(["Baggage"])",
       "{\"d\": %DURATION%, \"r\": \"%RESPONSE_CODE_DETAILS%\",\"baggage\":\"%REQ(BAGGAGE)%\"}\n"},
      {"an empty JSON object", "{ }", R"(["Baggage"])",
       "{ \"baggage\":\"%REQ(BAGGAGE)%\",\"response_code_details\":\"%RESPONSE_CODE_DETAILS%\"}\n"},
      {"no presets", "%DURATION%", "[]", "%DURATION%\n"},
      {"presets that overlap", "%RESPONSE_CODE_DETAILS%", R"(["RequestID", "RequestID"])",
       "%RESPONSE_CODE_DETAILS% x-request-id=%REQ(X-REQUEST-ID)%\n"},
  };
  for (const auto& each : cases) {
    const json access_log{{"traceHeaders", json::parse(each.presets)}, {"encoding", "TEXT"}};
    EXPECT_EQ(make_access_log(access_log, {{"accessLogFormat", each.format}}).text, each.expected) << each.name;
  }
}

TEST(AccessLog, KnowsTheHeadersOfEachPreset) {
  const AccessLog log = made(
      R"({"encoding": "JSON", "traceHeaders": ["W3C", "B3", "OpenTracing", "RequestID", "CloudTrace", "Datadog", "XRay", "Jaeger", "Baggage"]})");
  for (const char* header :
       {"traceparent", "tracestate", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled",
        "x-b3-flags", "x-ot-span-context", "x-cloud-trace-context", "x-datadog-trace-id", "x-datadog-parent-id",
        "x-datadog-sampling-priority", "x-amzn-trace-id", "uber-trace-id", "baggage"}) {
    std::string upper = header;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(log.json.value(header, ""), "%REQ(" + upper + ")%");
  }
  // Istio's default has the request id, under its own name.
  EXPECT_FALSE(log.json.contains("x-request-id"));
  EXPECT_EQ(log.json.at("request_id"), "%REQ(X-REQUEST-ID)%");
}

TEST(AccessLog, AppendsFieldsToTheJsonOfTheMeshOnlyWhereIstioWouldReadIt) {
  const struct {
    const char* name;
    json mesh;
    json expected;
  } cases[] = {
      {"its JSON",
       {{"accessLogEncoding", "JSON"}, {"accessLogFormat", R"({"d": "%DURATION%", "n": {"x": ["%PROTOCOL%", 1]}})"}},
       json::parse(R"({"d": "%DURATION%", "n": {"x": ["%PROTOCOL%", 1]}, "baggage": "%REQ(BAGGAGE)%",
                       "response_code_details": "%RESPONSE_CODE_DETAILS%"})")},
      {"a header that is logged below",
       {{"accessLogEncoding", 1}, {"accessLogFormat", R"({"n": {"x": ["%REQ(BAGGAGE)% %RESPONSE_CODE_DETAILS%"]}})"}},
       json::parse(R"({"n": {"x": ["%REQ(BAGGAGE)% %RESPONSE_CODE_DETAILS%"]}})")},
      {"a field of that name is the user's",
       {{"accessLogEncoding", "JSON"}, {"accessLogFormat", R"({"baggage": "none", "r": "%RESPONSE_CODE_DETAILS%"})"}},
       json::parse(R"({"baggage": "none", "r": "%RESPONSE_CODE_DETAILS%"})")},
  };
  const json wanted = json::parse(R"({"traceHeaders": ["Baggage"], "encoding": "JSON"})");
  for (const auto& each : cases) EXPECT_EQ(make_access_log(wanted, each.mesh).json, each.expected) << each.name;

  json otherwise = default_json_format();
  otherwise["baggage"] = "%REQ(BAGGAGE)%";
  for (const json& mesh :
       {json{{"accessLogFormat", "%DURATION%"}}, json{{"accessLogEncoding", "JSON"}, {"accessLogFormat", "%DURATION%"}},
        json{{"accessLogEncoding", "JSON"}, {"accessLogFormat", "[1]"}},
        json{{"accessLogEncoding", "TEXT"}, {"accessLogFormat", R"({"a": "b"})"}},
        json{{"accessLogEncoding", "JSON"}, {"accessLogFormat", std::string(100000, '[')}},
        json{{"accessLogEncoding", "JSON"},
             {"accessLogFormat", R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}"}}}) {
    EXPECT_EQ(make_access_log(wanted, mesh).json, otherwise) << mesh.dump().substr(0, 200);
  }
}

// A JSON format in a text log would be one literal line, so the text begins from the default again.
TEST(AccessLog, TakesNoJsonFormatForText) {
  const json mesh{{"accessLogEncoding", "JSON"}, {"accessLogFormat", R"({"d": "%DURATION%"})"}};
  EXPECT_THAT(made(R"({"traceHeaders": ["W3C"], "encoding": "TEXT"})", mesh).text,
              HasSubstr("%ROUTE_NAME% traceparent="));
}

TEST(AccessLog, FollowsTheMeshWhereNoEncodingIsStated) {
  const json mesh{{"accessLogEncoding", "JSON"}};
  EXPECT_EQ(made(R"({"traceHeaders": ["W3C"]})", mesh).encoding, LogEncoding::kJson);
  EXPECT_EQ(made(R"({"traceHeaders": ["W3C"]})").encoding, LogEncoding::kText);
  EXPECT_EQ(made(R"({"format": "%DURATION%"})", mesh).encoding, LogEncoding::kText);
  EXPECT_EQ(made(R"({"jsonFormat": {"a": "b"}})").encoding, LogEncoding::kJson);
}

TEST(AccessLog, TakesAWholeFormatAsItIs) {
  const json mesh{{"accessLogFormat", "%DURATION%\n"}};
  EXPECT_EQ(made(R"({"format": "%PROTOCOL%", "encoding": "TEXT"})", mesh).text, "%PROTOCOL%\n");
  EXPECT_EQ(made(R"({"format": "%PROTOCOL%\n", "encoding": "TEXT"})", mesh).text, "%PROTOCOL%\n");
  EXPECT_EQ(made(R"({"jsonFormat": {"a": "%PROTOCOL%"}, "encoding": "JSON"})", mesh).json,
            json::parse(R"({"a": "%PROTOCOL%"})"));
}

TEST(AccessLog, WithoutAFormatIsWhatTheMeshLogs) {
  EXPECT_EQ(made(R"({"file": "/dev/stderr"})").text, default_text_format());
  EXPECT_EQ(made(R"({"encoding": "JSON"})").json, default_json_format());
  EXPECT_EQ(made(R"({"encoding": "TEXT"})", {{"accessLogFormat", "%DURATION%\n"}}).text, "%DURATION%\n");
}

TEST(AccessLog, DefaultsAndPresetsAreFormatsThatEnvoyDocuments) {
  EXPECT_THAT(policy::check_access_log_format(default_text_format()), IsEmpty());
  const json fields = default_json_format();
  for (const auto& [name, command] : fields.items()) {
    EXPECT_THAT(policy::check_access_log_format(command.get<std::string>()), IsEmpty()) << name;
  }
}

std::vector<std::string> refusals(const std::string& format, int envoy_minor) {
  AccessLog log;
  log.text = format;
  return refused_by(log, {1, envoy_minor, 0});
}

TEST(AccessLogRefusal, NamesEachOperatorThatTheEnvoyDoesNotKnowOnce) {
  EXPECT_THAT(refusals("%DURATION% %SPAN_ID% %SPAN_ID% %UPSTREAM_TLS_GROUP%", 37),
              ElementsAre("%SPAN_ID% came with Envoy 1.38, and Envoy 1.37 does not know it",
                          "%UPSTREAM_TLS_GROUP% came with Envoy 1.39, and Envoy 1.37 does not know it"));
  EXPECT_THAT(refusals("%DURATION% %SPAN_ID% %SPAN_ID% %UPSTREAM_TLS_GROUP%", 39), IsEmpty());
}

TEST(AccessLogRefusal, KnowsArgumentsThatCameLaterThanTheirOperator) {
  EXPECT_THAT(refusals("%REQUESTED_SERVER_NAME%", 22), IsEmpty());
  EXPECT_THAT(refusals("%REQUESTED_SERVER_NAME(SNI_FIRST)%", 36),
              ElementsAre("%REQUESTED_SERVER_NAME(…)% came with Envoy 1.37, and Envoy 1.36 does not know it"));
  EXPECT_THAT(refusals("%REQUESTED_SERVER_NAME(SNI_FIRST)%", 37), IsEmpty());
  EXPECT_THAT(refusals("%START_TIME(%s)%", 22), IsEmpty());
}

TEST(AccessLogRefusal, NeverMeetsTheDefaultsAndPresets) {
  const json everything = json::parse(
      R"({"traceHeaders": ["W3C", "B3", "OpenTracing", "RequestID", "CloudTrace", "Datadog", "XRay", "Jaeger", "Baggage"]})");
  for (int minor = 22; minor <= 40; ++minor) {
    for (const char* encoding : {"TEXT", "JSON"}) {
      json access_log = everything;
      access_log["encoding"] = encoding;
      EXPECT_THAT(refused_by(make_access_log(access_log, json::object(), Version{1, minor, 0}), {1, minor, 0}),
                  IsEmpty());
    }
  }
}

TEST(AccessLogRefusal, LooksIntoJsonAndIntoCoalesce) {
  AccessLog log;
  log.encoding = LogEncoding::kJson;
  log.json = json::parse(R"({"a": {"b": ["%SPAN_ID%"]}, "c": 5})");
  EXPECT_THAT(refused_by(log, {1, 37, 0}), testing::SizeIs(1));
  EXPECT_THAT(refused_by(log, {1, 38, 0}), IsEmpty());
  EXPECT_THAT(refusals(R"j(%COALESCE({"operators": ["SPAN_ID", {"command": "REQ", "param": "X"}]})%)j", 37),
              ElementsAre(HasSubstr("%SPAN_ID%")));
  EXPECT_THAT(refusals(R"j(%COALESCE({"operators": ["TRACE_ID"]})%)j", 36), ElementsAre(HasSubstr("%COALESCE%")));
}

TEST(AccessLogRefusal, KnowsWhatNoProxyOfIstioTakes) {
  EXPECT_THAT(refusals("%FILE_CONTENT(/etc/hostname)%", 99),
              ElementsAre("%FILE_CONTENT(…)% needs a formatter that Istio's proxies are not given"));
}

TEST(AccessLogRefusal, IsSilentAboutOperatorsOfTheMeshThatItDoesNotKnow) {
  EXPECT_THAT(refusals("%OF_A_VENDOR(x)%", 22), IsEmpty());
}

}  // namespace
}  // namespace meshtrace::mesh
