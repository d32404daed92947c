// kubectl meshtrace probe with servers made of replies and a clock that only waiting moves.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "cli/commands.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kRequestSpan = "0000000000000003";  // what the fake random numbers make of it

net::WebReply reply(int status, const std::string& body = {}, net::WebHeaders headers = {}) {
  net::WebReply made;
  made.status = status;
  made.body = body;
  made.headers = std::move(headers);
  return made;
}

json span(const std::string& id, const std::string& parent, const char* kind) {
  return {{"spanId", id},
          {"parentSpanId", parent},
          {"name", "GET /"},
          {"kind", kind},
          {"startTimeUnixNano", "1700000000000000000"},
          {"endTimeUnixNano", "1700000000012000000"}};
}

json resource(const std::string& service, const std::vector<json>& spans) {
  return {{"resource", {{"attributes", {{{"key", "service.name"}, {"value", {{"stringValue", service}}}}}}}},
          {"scopeSpans", {{{"spans", spans}}}}};
}

net::WebReply trace_of(const std::vector<json>& resources) {
  return reply(200, json{{"result", {{"resourceSpans", resources}}}}.dump());
}

const json kGateway = resource("gateway", {span("00000000000000b1", kRequestSpan, "SPAN_KIND_SERVER"),
                                           span("00000000000000b2", "00000000000000b1", "SPAN_KIND_CLIENT")});
const json kCart = resource("cart", {span("00000000000000b3", "00000000000000b2", "SPAN_KIND_SERVER")});

class Probe : public testing::Test {
 protected:
  Outcome probe(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"probe", "http://shop/"});
    Environment environment;
    environment.moment = [this] { return now_; };
    environment.wait = [this](std::chrono::milliseconds time) { now_ += time; };
    environment.progress = [this](std::string_view line) { progress_.emplace_back(line); };
    environment.random = [this] { return ++random_; };
    environment.variable = [this](const char*) { return token_; };
    environment.connect_to_web = [this](const net::WebClientOptions& options) -> Result<SendWebRequest> {
      clients_.push_back(options);
      return [this](const net::WebRequest& request) -> Result<net::WebReply> { return answer(request); };
    };
    return run(arguments, environment);
  }

  // The store's replies in turn, the last one again and again.
  void store(std::deque<Result<net::WebReply>> replies) { store_ = std::move(replies); }

  std::vector<std::string> asked() const {
    std::vector<std::string> urls;
    for (const net::WebRequest& request : requests_) urls.push_back(request.url);
    return urls;
  }

  Result<net::WebReply> answer(const net::WebRequest& request) {
    requests_.push_back(request);
    if (request.url == "http://shop/") return shop_;
    auto next = store_.front();
    if (store_.size() > 1) store_.pop_front();
    return next;
  }

  Result<net::WebReply> shop_ = reply(200, "page", {{"Server", "envoy"}});
  std::deque<Result<net::WebReply>> store_ = {reply(404)};
  std::string token_;
  std::uint64_t random_ = 0;
  kube::Moment now_{};
  std::vector<net::WebRequest> requests_;
  std::vector<net::WebClientOptions> clients_;
  std::vector<std::string> progress_;
};

constexpr const char* kTraceId = "00000000000000010000000000000002";

TEST_F(Probe, WithoutAStoreShowsWhatCameBack) {
  const Outcome outcome = probe({"--tracestate", "a=b", "--baggage", "c=d", "-H", "X-Key: secret"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("traceparent: 00-" + std::string(kTraceId) + "-0000000000000003-01"),
                                 HasSubstr("HTTP status 200\n  server: envoy"), Not(HasSubstr("secret"))));
  EXPECT_THAT(requests_.at(0).headers,
              ElementsAre(Pair("traceparent", HasSubstr(kTraceId)), Pair("tracestate", "a=b"), Pair("baggage", "c=d")));
  EXPECT_THAT(requests_.at(0).private_headers, ElementsAre(Pair("X-Key", "secret")));
  EXPECT_EQ(clients_.at(0).redirects, net::WebClientOptions::Redirects::kFollow);
}

TEST_F(Probe, PrintsTheWaterfallOfAWholeTrace) {
  store({trace_of({kGateway, kCart})});
  const Outcome outcome = probe({"--jaeger", "http://jaeger/ui/", "--expect", "gateway,cart"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("in Jaeger (API v3); spans: 3, services: 2"));
  EXPECT_THAT(outcome.out, HasSubstr("\n    cart: GET /"));
  EXPECT_THAT(outcome.out, HasSubstr("+0 µs   12.0 ms    ok       |========================|"));
  EXPECT_THAT(outcome.out, HasSubstr("Hops: gateway ok, cart ok\nResult: Whole\n"));
  EXPECT_THAT(asked(), ElementsAre("http://shop/", "http://jaeger/ui/api/v3/traces/" + std::string(kTraceId)));
  EXPECT_EQ(clients_.at(1).redirects, net::WebClientOptions::Redirects::kReturn);
}

TEST_F(Probe, FallsBackToTheOlderApi) {
  const json v1 = {{"data",
                    {{{"spans", {{{"spanID", "00000000000000b1"}, {"operationName", "GET /"}, {"processID", "p"}}}},
                      {"processes", {{"p", {{"serviceName", "gateway"}}}}}}}}};
  for (const auto& newer : {reply(404), reply(200, "<html>Jaeger UI</html>")}) {
    store({newer, reply(200, v1.dump())});
    const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "gateway"});
    EXPECT_EQ(outcome.status, kOk) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("Jaeger (API v1)"));
  }
  EXPECT_THAT(asked(), Contains("http://jaeger/api/traces/00000000000000040000000000000005"));
}

TEST_F(Probe, ReadsAReplyInSeveralParts) {
  const auto part = [](const json& spans) { return json{{"result", {{"resourceSpans", {spans}}}}}.dump() + "\n"; };
  store({reply(200, part(kGateway) + part(kCart))});
  EXPECT_EQ(probe({"--jaeger", "http://jaeger", "--expect", "gateway,cart"}).status, kOk);
}

TEST_F(Probe, WaitsForATraceThatGrows) {
  store({reply(404), reply(404), reply(503), trace_of({kGateway}), trace_of({kCart, kGateway})});
  const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "cart"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err << outcome.out;
}

TEST_F(Probe, WithoutExpectationsWaitsUntilNothingMoreComes) {
  store({trace_of({kGateway}), trace_of({kGateway, kCart})});
  const Outcome outcome = probe({"--tempo", "http://tempo"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("spans: 3"));
  EXPECT_GE(now_, kube::Moment(std::chrono::seconds(6)));
  EXPECT_THAT(progress_, Contains("waiting for the trace; so far spans: 3, services: 2"));
}

TEST_F(Probe, AMissingHopIsAFailureThatSaysWhereTheTraceEnds) {
  store({trace_of({kGateway})});
  const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "gateway", "--expect", "cart"});
  EXPECT_EQ(outcome.status, kInvalid);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("cart MISSING"), HasSubstr("Result: HopsMissing"),
                                 HasSubstr("the trace ends between gateway and cart")));
  EXPECT_EQ(now_, kube::Moment(std::chrono::seconds(30)));
}

TEST_F(Probe, AStoreThatLosesPartOfItForAMomentTakesNothingBack) {
  store({trace_of({kGateway, kCart}), trace_of({kGateway}), reply(404)});
  const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "cart,db"});
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("spans: 3"), HasSubstr("cart ok, db MISSING")));
}

TEST_F(Probe, ATraceThatNeverComesIsNotFound) {
  const Outcome outcome = probe({"--tempo", "http://tempo", "--timeout", "5s"});
  EXPECT_EQ(outcome.status, kInvalid);
  EXPECT_THAT(outcome.out, HasSubstr("Result: NotFound"));
  EXPECT_EQ(now_, kube::Moment(std::chrono::seconds(5)));
}

TEST_F(Probe, AStoreThatNeverAnswersAsOneIsAnError) {
  struct Case {
    Result<net::WebReply> answer;
    const char* says;
  };
  for (const auto& [answer, says] :
       {Case{reply(200, "garbage"), "its answer is no JSON"}, Case{reply(200, "[[[[1]]]]"), "its answer is no trace"},
        Case{reply(500), "HTTP status 500"}, Case{fail("", "no reply in time"), "no reply in time"},
        Case{reply(200, std::string(300, '[')), "its answer is no JSON"}}) {
    store({answer});
    const Outcome outcome = probe({"--jaeger", "http://jaeger"});
    EXPECT_EQ(outcome.status, kFailed) << says;
    EXPECT_THAT(outcome.err, HasSubstr(says));
    EXPECT_THAT(outcome.out, HasSubstr("HTTP status 200"));  // what is known is told
  }
}

TEST_F(Probe, ARefusalOfTheStoreEndsTheWaiting) {
  auto huge = reply(200, std::string(1 << 20, ' '));
  huge.body_is_whole = false;
  for (const auto& [answer, says] : {std::pair{reply(401), "--store-token-file"},
                                     {reply(302), "name the URL"},
                                     {reply(400), "HTTP status 400"},
                                     {huge, "longer than"}}) {
    now_ = {};
    store({answer});
    const Outcome outcome = probe({"--jaeger", "http://jaeger"});
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_THAT(outcome.err, HasSubstr(says));
    EXPECT_EQ(now_, kube::Moment{});
  }
}

TEST_F(Probe, SaysThatTheStoreHasGoneAndWhatWasKnown) {
  store({trace_of({kGateway}), fail("", "connection refused")});
  const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "cart"});
  EXPECT_EQ(outcome.status, kInvalid);
  EXPECT_THAT(outcome.err, HasSubstr("the store answers no more: connection refused"));
}

TEST_F(Probe, GivesTheStoreItsTokenAndNeverShowsIt) {
  token_ = "topsecret";
  store({trace_of({kGateway})});
  const Outcome outcome =
      probe({"--jaeger", "http://jaeger", "--expect", "gateway", "--store-header", "X-Scope-OrgID: a"});
  EXPECT_THAT(requests_.at(0).private_headers, IsEmpty());
  EXPECT_THAT(requests_.at(1).private_headers,
              ElementsAre(Pair("X-Scope-OrgID", "a"), Pair("Authorization", "Bearer topsecret")));
  EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("topsecret")));
  EXPECT_THAT(outcome.err, HasSubstr("the token goes there in clear"));
}

TEST_F(Probe, WritesEverySpanAsJson) {
  store({trace_of({kGateway, kCart})});
  const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "cart,db", "-o", "json"});
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object.at("traceId"), kTraceId);
  EXPECT_EQ(object.at("response").at("headers").at("server"), "envoy");
  const json& trace = object.at("trace");
  EXPECT_EQ(trace.at("result"), "HopsMissing");
  EXPECT_EQ(trace.at("hops").at(1), (json{{"service", "db"}, {"seen", false}}));
  EXPECT_EQ(trace.at("spans").at(2).at("service"), "cart");
  EXPECT_EQ(trace.at("spans").at(2).at("depth"), 2);
  EXPECT_EQ(trace.at("spans").at(0).at("durationNanos"), 12000000);
  EXPECT_EQ(trace.at("fragments").at(0).at("start"), "Request");
  EXPECT_THAT(probe({"--jaeger", "http://jaeger", "--expect", "db", "-o", "yaml"}).out,
              HasSubstr("\n  result: HopsMissing\n"));
}

TEST_F(Probe, MakesWhatServersSayHarmless) {
  shop_ = reply(200, "", {{"server", "evil\x1b[2J\xff"}});
  store({trace_of(
      {resource("gate\x1b]0;x\x07way\nforged line", {span("00000000000000b1", kRequestSpan, "SPAN_KIND_SERVER")})})});
  for (const char* format : {"table", "json", "yaml"}) {
    const Outcome outcome = probe({"--jaeger", "http://jaeger", "--timeout", "1s", "--expect", "none", "-o", format});
    EXPECT_EQ(outcome.status, kInvalid);
    EXPECT_THAT(outcome.out + outcome.err,
                AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\xff"))));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\nforged")));
  }
}

TEST_F(Probe, NotesAnotherTraceARedirectAndA431) {
  shop_ = reply(431, "", {{"traceresponse", "00-" + std::string(32, 'c') + "-00000000000000aa-01"}});
  shop_->left_origin = true;
  shop_->redirects = {"http://other/"};
  const Outcome outcome = probe({});
  EXPECT_EQ(outcome.status, kOk);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("names another trace, " + std::string(32, 'c')),
                                 HasSubstr("redirected to http://other/")));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("stayed behind"), HasSubstr("431: a hop takes")));
}

TEST_F(Probe, NoReplyIsAnError) {
  shop_ = fail("", "connection refused");
  const Outcome outcome = probe({"--jaeger", "http://jaeger"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("http://shop/: connection refused"));
  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(Probe, RefusesWrongFlagsBeforeAnythingIsSent) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--jaeger", "http://a", "--tempo", "http://b"}, "give one of them"},
      {{"--expect", "cart"}, "needs a store"},
      {{"--trace-id", "1"}, "32 hexadecimal digits"},
      {{"-H", "no colon"}, "NAME: VALUE"},
      {{"-H", "X: secret\r\nY: z"}, "control character"},
      {{"-H", "TraceParent: 00"}, "see --trace-id"},
      {{"-H", "Host: a"}, "use --host"},
      {{"-H", "@/nonexistent/headers"}, "No such file"},
      {{"--method", "G T"}, "no HTTP method"},
      {{"--baggage", "a\nb"}, "--baggage: has a control character"},
      {{"--cert", "x"}, "needs --key"},
      {{"--cacert", "/nonexistent/ca"}, "No such file"},
      {{"--request-timeout", "0s"}, "--request-timeout"},
      {{"--jaeger", "http://a", "--timeout", "soon"}, "--timeout"},
      {{"--jaeger", "http://a", "--settle", "-1s"}, "--settle"},
      {{"--jaeger", "http://a?b"}, "without query"},
      {{"--jaeger", "http://a", "--store-token-file", "/nonexistent/token"}, "No such file"},
      {{"-o", "xml"}, "is not one of"},
  };
  for (const auto& [arguments, says] : cases) {
    const Outcome outcome = probe(arguments);
    EXPECT_EQ(outcome.status, kFailed) << says;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(says), Not(HasSubstr("secret"))));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_THAT(requests_, IsEmpty());
}

TEST_F(Probe, ShowsTheFirstSpansOfAHugeTrace) {
  std::vector<json> spans = {span("00000000000000b1", kRequestSpan, "SPAN_KIND_SERVER")};
  for (int i = 0; i < 700; ++i)
    spans.push_back(span(fmt::format("{:016x}", 0x1000 + i), "00000000000000b1", "SPAN_KIND_CLIENT"));
  store({trace_of({resource("gateway", spans)})});
  const Outcome outcome = probe({"--jaeger", "http://jaeger", "--expect", "gateway"});
  EXPECT_THAT(outcome.out, HasSubstr("and 201 spans more"));
}

}  // namespace
}  // namespace meshtrace::cli
