// The context that a probe sends, what a response tells of it, and what a store's status means.
#include "core/probe/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/probe/store.h"
#include "core/trace/traceparent.h"

namespace meshtrace::probe {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

const Context kRandom = random_context(1, 2, 3);

TEST(Context, IsAValidSampledTraceparentWhateverTheNumbersAre) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{7}, UINT64_MAX}) {
    const std::string header = random_context(number, number, number).traceparent();
    const auto read = trace::parse_traceparent(header);
    ASSERT_TRUE(read) << header;
    EXPECT_TRUE(read->sampled());
  }
}

TEST(Context, ATraceIdOrAWholeTraceparentCanBeWanted) {
  const std::string synthetic(31, '0');
  EXPECT_EQ(wanted_context(synthetic + "1", kRandom)->traceparent(), "00-" + synthetic + "1-0000000000000003-01");
  EXPECT_EQ(wanted_context("00-" + synthetic + "1-0000000000000001-00", kRandom)->traceparent(),
            "00-" + synthetic + "1-0000000000000001-01");
  for (const std::string& none : {std::string(), std::string("1"), std::string(32, '0'), std::string(32, 'x')}) {
    EXPECT_FALSE(wanted_context(none, kRandom)) << none;
  }
}

TEST(Response, ShowsWhatTellsOfTracingInTheOrderOfTheTable) {
  const Headers response = {{"Server", "envoy"}, {"Set-Cookie", "secret"}, {"X-Request-Id", "1"}, {"TraceParent", "x"}};
  EXPECT_THAT(telling_headers(response),
              ElementsAre(Pair("traceparent", "x"), Pair("x-request-id", "1"), Pair("server", "envoy")));
}

TEST(Response, NamesTheOtherTraceThatAServerBegan) {
  const std::string other(32, 'c');
  for (const Headers& response : {Headers{{"traceresponse", "00-" + other + "-00000000000000aa-01"}},
                                  Headers{{"traceparent", "00-" + other + "-00000000000000aa-01"}},
                                  Headers{{"X-B3-TraceId", other}}, Headers{{"b3", other + "-00000000000000aa-1"}},
                                  Headers{{"x-trace-id", other}, {"b3", other + "-00000000000000aa-1"}}}) {
    EXPECT_THAT(other_trace_ids(response, kRandom), ElementsAre(other)) << response.front().first;
  }
  EXPECT_THAT(
      other_trace_ids(
          {{"traceresponse", kRandom.traceparent()}, {"b3", "0"}, {"traceparent", "nonsense"}, {"x-request-id", other}},
          kRandom),
      IsEmpty());
}

TEST(Store, AsksTheNewestApiFirst) {
  EXPECT_EQ(apis_of(StoreKind::kJaeger).front().path, "/api/v3/traces/");
  EXPECT_EQ(apis_of(StoreKind::kTempo).front().path, "/api/v2/traces/");
  EXPECT_EQ(apis_of(StoreKind::kJaeger).size(), 2U);
}

TEST(Store, KnowsWhatAnAnswerMeans) {
  const StoreApi& api = apis_of(StoreKind::kJaeger).front();
  const std::vector<json> empty_trace = {{{"result", json::object()}}};
  struct Case {
    int status;
    std::vector<json> documents;
    Answer::Kind kind;
  };
  for (const auto& [status, documents, kind] :
       std::vector<Case>{{200, empty_trace, Answer::Kind::kTrace},
                         {200, {}, Answer::Kind::kNothing},  // a web page
                         {200, {{{"data", json::array()}}}, Answer::Kind::kNothing},
                         {404, {{{"error", "not found"}}}, Answer::Kind::kNothing},
                         {204, {}, Answer::Kind::kNothing},
                         {500, {}, Answer::Kind::kNotYet},
                         {429, {}, Answer::Kind::kNotYet},
                         {302, {}, Answer::Kind::kImpossible},
                         {401, {}, Answer::Kind::kImpossible},
                         {403, {}, Answer::Kind::kImpossible},
                         {400, {}, Answer::Kind::kImpossible}}) {
    const Answer answer = read_answer(api, status, documents);
    EXPECT_EQ(answer.kind, kind) << status;
    if (kind == Answer::Kind::kNotYet || kind == Answer::Kind::kImpossible) {
      EXPECT_THAT(answer.problem, HasSubstr(std::to_string(status)));
    }
  }
}

}  // namespace
}  // namespace meshtrace::probe
