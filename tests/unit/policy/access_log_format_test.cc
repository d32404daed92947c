#include "core/policy/access_log_format.h"

#include <gmock/gmock.h>

namespace meshtrace::policy {
namespace {

using Kind = AccessLogProblem::Kind;

TEST(AccessLogFormat, AcceptsWhatEnvoyDocuments) {
  for (const std::string_view format : {
           "",
           "plain text",
           "100%%",
           "%%%DURATION%%%",
           "%REQ(TRACEPARENT)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH):40% %RESP(X)% %TRAILER(GRPC-STATUS)%",
           "%START_TIME(%Y/%m/%dT%H:%M:%S%z)% %START_TIME% %START_TIME(%s.%3f)%",
           "%CEL(request.headers['x-log'] || request.url_path.contains('v1'))% %CEL(response.code):3%",
           "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%",
           "%DYNAMIC_METADATA(com.test.my_filter:test_object:inner_key):9%",
           "%PATH(NQ)% %PATH% %PATH(WQ:ORIG):9%",
           R"(%COALESCE({"operators": ["REQUESTED_SERVER_NAME", {"command": "REQ", "param": ":authority"}]}):50%)",
       }) {
    EXPECT_THAT(check_access_log_format(format), testing::IsEmpty()) << format;
  }
}

TEST(AccessLogFormat, RefusesWhatEnvoyWouldRefuse) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"50%", "begins no command"},
      {"% DURATION%", "begins no command"},
      {"%DURATION", "begins no command"},
      {"%REQ(TRACEPARENT%", "begins no command"},
      {"%REQ(TRACEPARENT)", "begins no command"},
      {"%req(traceparent)%", "begins no command"},
      {"%REQ(X):abc%", "begins no command"},
      {"%REQ(X):9999999999%", "begins no command"},
      {"%()%", "begins no command"},
      {"a é % b", "character 5"},
      {"%REQ%", "needs an argument"},
      {"%REQ()%", "needs an argument"},
      {"%DURATION(ms)%", "takes no arguments"},
      {"%DURATION:5%", "takes no length"},
      {"%START_TIME(%s):5%", "takes no length"},
      {"%RESPONSECODE%", "did you mean \"RESPONSE_CODE\"?"},
      {"%NOTHING_OF_THE_KIND%", "no such operator"},
      {"%COALESCE(REQ)%", "JSON object"},
      {R"(%COALESCE({"operators": [1]})%)", "a name or an object"},
      {R"(%COALESCE({"operators": ["NOTHING"]})%)", "no such operator"},
  };
  for (const auto& [format, says] : cases) {
    const auto problems = check_access_log_format(format);
    ASSERT_EQ(problems.size(), 1u) << format;
    EXPECT_EQ(problems[0].kind, Kind::kInvalid) << format;
    EXPECT_THAT(problems[0].message, testing::HasSubstr(says)) << format;
  }
}

TEST(AccessLogFormat, FindsOperatorsThatReadTheProxysEnvironmentFilesOrSecrets) {
  for (const std::string_view format : {
           "%ENVIRONMENT(HOME)%",
           "%FILE_CONTENT(/etc/passwd)%",
           "%SECRET(token):5%",
           R"(%COALESCE({"operators": [{"command": "ENVIRONMENT", "param": "HOME"}]})%)",
           // What an escaped letter hides from a search for the name.
           R"(%COALESCE({"operators": [{"command": "ENVIRONMEN\u0054", "param": "HOME"}]})%)",
       }) {
    const auto problems = check_access_log_format(format);
    ASSERT_EQ(problems.size(), 1u) << format;
    EXPECT_EQ(problems[0].kind, Kind::kReadsHost) << format;
  }
}

TEST(AccessLogFormat, GivesSeveralProblemsAndABoundedNumber) {
  EXPECT_EQ(check_access_log_format("%NOPE% %REQ% %DURATION%").size(), 2u);
  std::string format;
  for (int i = 0; i < 1000; ++i) format += "%NOPE%";
  EXPECT_EQ(check_access_log_format(format).size(), kMaxAccessLogProblems);
}

TEST(AccessLogFormat, ListsCommandsWithTheirArguments) {
  std::string listed;
  for (
      const AccessLogCommand& command : access_log_commands(
          R"(%% %REQ(A?B):5% x%DURATION%y %COALESCE({"operators": ["TRACE_ID", {"command": "REQ", "param": "C"}, 5]})%)"
          "%START_TIME(%s)% % %PROTOCOL%")) {
    listed += command.name + (command.name == "COALESCE" ? "" : "(" + command.arguments + ")") + " ";
  }
  EXPECT_EQ(listed, "REQ(A?B) DURATION() COALESCE TRACE_ID() REQ(C) START_TIME(%s) ");
}

TEST(AccessLogFormat, ListsNothingOfWhatIsNoFormat) {
  for (const char* format : {"", "%", "%%", "% %", "%REQ", "%REQ(", "%req(x)%", "%COALESCE", "100%"}) {
    EXPECT_TRUE(access_log_commands(format).empty()) << format;
  }
}

TEST(AccessLogFormat, IsSplitIntoTextAndCommands) {
  const auto parts = split_access_log_format("a%%%REQ(X):5%%PROTOCOL% b 100%%");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].literal, "a%");
  EXPECT_EQ((*parts)[0].command->name, "REQ");
  EXPECT_EQ((*parts)[0].command->arguments, "X");
  EXPECT_EQ((*parts)[0].max_length, 5u);
  EXPECT_EQ((*parts)[1].literal, "");
  EXPECT_EQ((*parts)[1].command->name, "PROTOCOL");
  EXPECT_FALSE((*parts)[1].max_length);
  EXPECT_EQ((*parts)[2].literal, " b 100%");
  EXPECT_FALSE((*parts)[2].command);
  EXPECT_TRUE(split_access_log_format("")->empty());
  for (const char* format : {"%", "a % b", "%REQ(", "%req(x)%"})
    EXPECT_FALSE(split_access_log_format(format)) << format;
}

}  // namespace
}  // namespace meshtrace::policy
