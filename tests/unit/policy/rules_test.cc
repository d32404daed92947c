// Warnings of rules that join several fields; what is refused stands in cases.json.
#include <gmock/gmock.h>

#include "tests/unit/policy/support.h"

namespace meshtrace::policy {
namespace {

using test::text_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string warnings_of(const std::string& workload) {
  const Decoded result = test::decoded("shop", R"({"workload": {)" + workload + "}}");
  EXPECT_TRUE(result.policy) << text_of(result.errors);
  return text_of(result.warnings);
}

TEST(Propagators, OfTheDefaultListGiveNoWarning) {
  EXPECT_THAT(warnings_of(R"("propagators": ["tracecontext", "baggage"])"), IsEmpty());
  EXPECT_THAT(warnings_of(R"("propagators": ["none"])"), IsEmpty());
}

TEST(Propagators, OfUnknownNameWarnWithTheNearestOne) {
  EXPECT_THAT(warnings_of(R"("propagators": ["tracecontext", "bagage"])"),
              AllOf(HasSubstr("spec.workload.propagators[1]"), HasSubstr(R"(did you mean "baggage"?)")));
  EXPECT_THAT(
      warnings_of(R"("propagators": ["tracecontext", "acme"])"),
      AllOf(HasSubstr(R"("acme" is no propagator that OpenTelemetry names)"), testing::Not(HasSubstr("did you mean"))));
}

TEST(Propagators, WithBothFormatsSayWhichWinsInWhichLanguage) {
  EXPECT_THAT(warnings_of(R"("propagators": ["tracecontext", "baggage", "b3"])"),
              AllOf(HasSubstr("take the last that is listed (b3), .NET takes the first (tracecontext)"),
                    HasSubstr("duplicateContext: PreferW3C")));
  EXPECT_THAT(warnings_of(R"("propagators": ["b3multi", "tracecontext"])"),
              HasSubstr("take the last that is listed (tracecontext), .NET takes the first (b3multi)"));
  EXPECT_THAT(warnings_of(R"("propagators": ["tracecontext", "jaeger"])"), testing::Not(HasSubstr("the last")));
}

TEST(Propagators, WithoutTracecontextWarn) {
  EXPECT_THAT(warnings_of(R"("propagators": ["b3"])"), HasSubstr("without tracecontext"));
}

TEST(Propagators, ThatNotEverySdkCarriesWarn) {
  EXPECT_THAT(warnings_of(R"("propagators": ["tracecontext", "jaeger", "xray"])"),
              HasSubstr("not every SDK carries jaeger, xray"));
}

TEST(Exporter, WarnsOfAPortOfTheOtherProtocol) {
  const auto exporter = [](const char* endpoint, const char* protocol) {
    return warnings_of(std::string(R"("exporter": {"endpoint": ")") + endpoint + R"(", "protocol": ")" + protocol +
                       "\"}");
  };
  EXPECT_THAT(exporter("http://c:4318", "grpc"), HasSubstr("4318"));
  EXPECT_THAT(exporter("http://[::1]:4317/", "http/protobuf"), HasSubstr("4317"));
  EXPECT_THAT(exporter("http://c:4317", "grpc"), IsEmpty());
  EXPECT_THAT(exporter("http://c:4318", "http/protobuf"), IsEmpty());
  EXPECT_THAT(exporter("http://c:4318/v1/traces", "http/protobuf"), HasSubstr("append /v1/traces"));
}

TEST(Batch, OverTheQueueOfItsProfileWarnsAndIsNoError) {
  EXPECT_THAT(warnings_of(R"("batchSpanProcessor": {"maxExportBatchSize": 4096})"),
              HasSubstr("maxExportBatchSize 4096 is lowered to 2048"));
  EXPECT_THAT(warnings_of(R"("batchSpanProcessor": {"profile": "HighThroughput", "maxExportBatchSize": 4096})"),
              IsEmpty());
}

TEST(ResourceAttributes, WarnOfServiceNameAmongThem) {
  EXPECT_THAT(warnings_of(R"("resourceAttributes": {"service.name": "a"})"), HasSubstr("serviceName: {from: Value}"));
}

TEST(Rules, DoNotGuessAboutAnObjectThatHoldsAWrongField) {
  const Decoded result = test::decoded("shop", R"({"workload": {"serviceName": {"from": "Lable", "key": "app"}}})");
  ASSERT_EQ(result.errors.size(), 1u) << text_of(result.errors);
  EXPECT_EQ(result.errors[0].path, "spec.workload.serviceName.from");
}

}  // namespace
}  // namespace meshtrace::policy
