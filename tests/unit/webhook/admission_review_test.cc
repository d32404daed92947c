#include "webhook/admission_review.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "kube/base64.h"
#include "net/server/http.h"

namespace meshtrace::webhook {
namespace {

using nlohmann::json;

// A text with the padding that the server gives to a body.
class Body {
 public:
  explicit Body(std::string text) : text_(std::move(text)) { text_.reserve(text_.size() + net::kBodyPadding); }
  explicit Body(const json& document) : Body(document.dump()) {}
  operator std::string_view() const { return text_; }  // NOLINT(google-explicit-constructor)

 private:
  std::string text_;
};

json good_review() {
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "u-1"},
            {"operation", "CREATE"},
            {"namespace", "shop"},
            {"dryRun", true},
            {"resource", {{"group", ""}, {"version", "v1"}, {"resource", "pods"}}},
            {"object", {{"kind", "Pod"}}}}}};
}

json reply_of(const AdmissionReply& reply) { return json::parse(to_json(reply, "u-1")); }

TEST(AdmissionReview, IsReadWithWhatTheAnswerNeeds) {
  AdmissionReviewParser parser;
  const Body body(good_review());
  const auto review = parser.parse(body);
  ASSERT_TRUE(review) << review.error().message();
  EXPECT_EQ(review->uid, "u-1");
  EXPECT_EQ(review->operation, "CREATE");
  EXPECT_EQ(review->group, "");
  EXPECT_EQ(review->resource, "pods");
  EXPECT_EQ(review->subresource, "");
  EXPECT_EQ(review->ns, "shop");
  EXPECT_TRUE(review->dry_run);
  EXPECT_EQ(string_at(review->object, "kind"), "Pod");
}

TEST(AdmissionReview, IsReadAgainAndAgainByOneParserAfterBadAndLargeOnes) {
  AdmissionReviewParser parser;
  json large = good_review();
  large["request"]["object"]["filler"] = std::string(2'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(parser.parse(Body(std::string("{"))));
    EXPECT_TRUE(parser.parse(Body(large)));
    EXPECT_FALSE(parser.parse(Body(std::string(100'000, '[') + std::string(100'000, ']'))));
    EXPECT_TRUE(parser.parse(Body(good_review())));
  }
}

TEST(AdmissionReview, NamesTheFieldThatIsMissing) {
  AdmissionReviewParser parser;
  for (const char* field : {"uid", "operation", "resource", "object"}) {
    json document = good_review();
    document["request"].erase(field);
    const auto review = parser.parse(Body(document));
    ASSERT_FALSE(review) << field;
    EXPECT_EQ(review.error().where, std::string("request.") + field);
  }
}

TEST(AdmissionReview, OfADeletionHasNoObject) {
  AdmissionReviewParser parser;
  json document = good_review();
  document["request"]["operation"] = "DELETE";
  for (const bool null : {true, false}) {
    if (null) {
      document["request"]["object"] = nullptr;
    } else {
      document["request"].erase("object");
    }
    EXPECT_TRUE(parser.parse(Body(document)));
  }
}

TEST(AdmissionReview, QuotesOnlyTheBeginningOfAWrongValue) {
  AdmissionReviewParser parser;
  json document = good_review();
  document["kind"] = std::string(10'000, 'k');
  const auto review = parser.parse(Body(document));
  ASSERT_FALSE(review);
  EXPECT_LT(review.error().message().size(), 300u);
}

TEST(AdmissionReply, WithoutPatchAndWarningsIsAllowedAlone) {
  EXPECT_EQ(reply_of({}), (json{{"kind", "AdmissionReview"},
                                {"apiVersion", "admission.k8s.io/v1"},
                                {"response", {{"uid", "u-1"}, {"allowed", true}}}}));
}

TEST(AdmissionReply, CarriesThePatchInBase64) {
  AdmissionReply reply;
  reply.patch = R"([{"op":"remove","path":"/a"}])";
  const json response = reply_of(reply)["response"];
  EXPECT_EQ(response["patchType"], "JSONPatch");
  EXPECT_EQ(kube::base64_decode(response["patch"].get<std::string>()), reply.patch);
}

TEST(AdmissionReply, EscapesWhateverStandsInUidAndWarnings) {
  AdmissionReply reply;
  reply.warnings = {"quote \" backslash \\ newline \n bell \a ü"};
  const json document = json::parse(to_json(reply, "u\"}\n"));
  EXPECT_EQ(document["response"]["uid"], "u\"}\n");
  EXPECT_EQ(document["response"]["warnings"][0], reply.warnings[0]);
}

TEST(AdmissionReply, CutsWarningsAtACharacterAndLimitsTheirNumber) {
  AdmissionReply reply;
  for (int i = 0; i < 40; ++i) {
    std::string warning = "x";
    for (int j = 0; j < 300; ++j) warning += "ü";
    reply.warnings.push_back(warning);
  }
  const json warnings = reply_of(reply)["response"]["warnings"];
  ASSERT_EQ(warnings.size(), 16u);
  EXPECT_EQ(warnings[0].get<std::string>().size(), 255u);
}

TEST(AdmissionReply, OfADenialHasAStatusThatKubectlShows) {
  AdmissionReply reply;
  reply.allowed = false;
  reply.code = 422;
  reply.reason = "Invalid";
  reply.message = "spec.mode: wrong";
  EXPECT_EQ(reply_of(reply)["response"],
            (json{{"uid", "u-1"},
                  {"allowed", false},
                  {"status",
                   {{"status", "Failure"}, {"code", 422}, {"reason", "Invalid"}, {"message", "spec.mode: wrong"}}}}));
}

}  // namespace
}  // namespace meshtrace::webhook
