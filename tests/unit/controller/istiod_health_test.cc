// Did it take? A mesh that is looked at by scripted replies, and what two looks tell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "controller/istiod/health.h"
#include "controller/istiod/look.h"

namespace meshtrace::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

MeshHealth detailed(std::vector<Refusal> refusals) {
  MeshHealth health;
  health.istiods = {"istiod-0"};
  health.details = true;
  health.refusals = std::move(refusals);
  return health;
}

TEST(RefusalTest, OneThatWasThereBeforeIsNotOurs) {
  const Refusal theirs{"app-1.shop", "lds", "Error adding/updating listener(s) a: bad\n"};
  EXPECT_EQ(refusal_since(detailed({theirs}), detailed({theirs})), std::nullopt);
  EXPECT_EQ(refusal_since(detailed({theirs}), detailed({})), std::nullopt);
}

TEST(RefusalTest, AProxyThatNowRefusesIsNamedWithItsMessage) {
  const Refusal ours{"app-1.shop", "lds", "Error adding/updating listener(s) a: bad\nb: bad\n"};
  EXPECT_EQ(refusal_since(detailed({}), detailed({ours})), (Refusal{"app-1.shop", "lds", "a: bad\nb: bad"}));
}

TEST(RefusalTest, OursIsToldFromTheirsInOneMessage) {
  const Refusal before{"app-1.shop", "lds", "Error adding/updating listener(s) a: theirs\nb: theirs\n"};
  const Refusal after{"app-1.shop", "lds", "Error adding/updating listener(s) c: ours\nb: theirs\na: theirs\n"};
  EXPECT_EQ(refusal_since(detailed({before}), detailed({after})), (Refusal{"app-1.shop", "lds", "c: ours"}));
}

TEST(RefusalTest, TheOrderOfALongMessageIsNoNews) {
  const Refusal before{"app-1.shop", "lds", "Error adding/updating listener(s) a: theirs\nb: theirs\n"};
  const Refusal after{"app-1.shop", "lds", "Error adding/updating listener(s) b: theirs\na: theirs\n"};
  EXPECT_EQ(refusal_since(detailed({before}), detailed({after})), std::nullopt);
}

TEST(RefusalTest, AnotherProxyOrTypeWithTheSameMessageIsNew) {
  const Refusal theirs{"app-1.shop", "lds", "bad"};
  EXPECT_TRUE(refusal_since(detailed({theirs}), detailed({theirs, {"app-2.shop", "lds", "bad"}})));
  EXPECT_TRUE(refusal_since(detailed({theirs}), detailed({theirs, {"app-1.shop", "cds", "bad"}})));
}

MeshHealth counted(std::map<std::pair<std::string, std::string>, std::uint64_t> of_proxy,
                   std::map<std::pair<std::string, std::string>, std::uint64_t> total) {
  MeshHealth health;
  health.istiods = {"istiod-0"};
  health.rejects_of_proxy = std::move(of_proxy);
  health.rejects = std::move(total);
  return health;
}

struct CountCase {
  const char* name;
  MeshHealth before;
  MeshHealth after;
  std::optional<Refusal> expected;
};
class RefusalByCount : public testing::TestWithParam<CountCase> {};

TEST_P(RefusalByCount, IsSeenWhereItIsSurelyNew) {
  EXPECT_EQ(refusal_since(GetParam().before, GetParam().after), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    , RefusalByCount,
    testing::Values(
        CountCase{"TheFirstOfAProxy", counted({}, {}),
                  counted({{{"app-1.shop", "lds"}, 1}}, {{{"istiod-0", "lds"}, 1}}), Refusal{"app-1.shop", "lds", ""}},
        CountCase{"OfAProxyThatWasRefusedBefore", counted({{{"app-1.shop", "lds"}, 1}}, {{{"istiod-0", "lds"}, 1}}),
                  counted({{{"app-1.shop", "lds"}, 2}}, {{{"istiod-0", "lds"}, 2}}), std::nullopt},
        CountCase{"OfAnotherType", counted({{{"app-1.shop", "lds"}, 1}}, {}),
                  counted({{{"app-1.shop", "lds"}, 1}, {{"app-1.shop", "rds"}, 1}}, {}),
                  Refusal{"app-1.shop", "rds", ""}},
        CountCase{"OfATypeWhoseProxiesAreNotNamed", counted({}, {}), counted({}, {{{"istiod-0", "ecds"}, 1}}),
                  Refusal{"", "ecds", ""}},
        CountCase{"OfAnIstiodThatIsNew", counted({}, {}), counted({}, {{{"istiod-1", "ecds"}, 1}}), std::nullopt},
        CountCase{"Nothing", counted({}, {}), counted({}, {}), std::nullopt}),
    [](const auto& test) { return test.param.name; });

TEST(RefusalTest, WhereTheDetailsWentTheCountsTell) {
  const MeshHealth before = detailed({});
  EXPECT_EQ(refusal_since(before, counted({{{"app-1.shop", "lds"}, 1}}, {})), (Refusal{"app-1.shop", "lds", ""}));
}

TEST(RefusalTest, IsDescribedOnOneLineOfBoundedLength) {
  EXPECT_EQ(describe({"app-1.shop", "lds", "a: bad\nb: bad"}), "proxy app-1.shop refused lds: a: bad b: bad");
  EXPECT_EQ(describe({"", "ecds", ""}), "a proxy refused ecds");
  EXPECT_LT(describe({"app-1.shop", "lds", std::string(10'000, 'x')}).size(), 1100u);
}

// A mesh that answers from a table: "NAME/path" to reply; what is not there does not answer.
class LookTest : public testing::Test {
 protected:
  LookTest() {
    options_.istiods = {{"istiod-0", "10.0.0.1", 15014, mesh::Version{1, 31, 1}, ""}};
    options_.own_namespace = "meshtrace-system";
    answers_["10.0.0.1/metrics"] = {200, "pilot_total_xds_rejects{type=\"lds\"} 2\n"};
    answers_["10.0.0.1/debug/syncz"] = {200, R"([{"proxy":"a.shop","istio_version":"1.30.2","resources":
        {"t/envoy.config.listener.v3.Listener":{"sent":"1","acked":"0","lastError":"bad"}}},
        {"proxy":"b.shop","istio_version":"1.31.1","resources":
        {"t/envoy.config.listener.v3.Listener":{"sent":"1","acked":"0"}}}])"};
  }

  Result<MeshHealth> look() {
    return controller::look(options_, [this](const net::HttpGet& get) -> Result<net::HttpReply> {
      tokens_.push_back(get.bearer_token);
      const auto answer = answers_.find(get.address + get.path);
      if (answer == answers_.end()) return fail("http://" + get.address, "Connection refused");
      if (!get.bearer_token.empty() && token_answer_) return *token_answer_;
      return answer->second;
    });
  }

  LookOptions options_;
  std::map<std::string, net::HttpReply> answers_;
  std::optional<net::HttpReply> token_answer_;
  std::vector<std::string> tokens_;  // of each request
};

TEST_F(LookTest, GathersVersionsRefusalsAndCounts) {
  const auto health = look();
  ASSERT_TRUE(health) << health.error().message();
  EXPECT_TRUE(health->details);
  EXPECT_EQ(health->istiod, (mesh::Version{1, 31, 1})) << "the image's, where the metrics do not say";
  EXPECT_EQ(health->proxy, (mesh::Version{1, 30, 2})) << "the oldest";
  EXPECT_EQ(health->proxies, 2);
  EXPECT_EQ(health->waiting, 1);
  EXPECT_THAT(health->refusals, ElementsAre(Refusal{"a.shop", "lds", "bad"}));
  EXPECT_EQ(health->rejects.at({"istiod-0", "lds"}), 2u);
  EXPECT_THAT(health->notes, IsEmpty());
}

TEST_F(LookTest, WhatIstiodSaysOfItselfCountsMoreThanItsImage) {
  answers_["10.0.0.1/metrics"].body += "istio_build{component=\"pilot\",tag=\"1.29.4\"} 1\n";
  EXPECT_EQ(look()->istiod, (mesh::Version{1, 29, 4}));
}

TEST_F(LookTest, WithoutTheDebugEndpointTheMetricsDo) {
  answers_["10.0.0.1/debug/syncz"] = {403, ""};
  const auto health = look();
  ASSERT_TRUE(health);
  EXPECT_FALSE(health->details);
  EXPECT_EQ(health->rejects.at({"istiod-0", "lds"}), 2u);
  ASSERT_EQ(health->notes.size(), 1u);
  EXPECT_THAT(health->notes[0], HasSubstr("DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES=meshtrace-system"));
}

TEST_F(LookTest, WithoutTheMetricsTheDetailsDo) {
  answers_.erase("10.0.0.1/metrics");
  const auto health = look();
  ASSERT_TRUE(health);
  EXPECT_TRUE(health->details);
  EXPECT_THAT(health->istiods, IsEmpty()) << "whose counts are not known";
  EXPECT_EQ(health->istiod, (mesh::Version{1, 31, 1}));
}

TEST_F(LookTest, HalfOfTheDetailsAreNone) {
  options_.istiods.push_back({"istiod-1", "10.0.0.2", 15014, mesh::Version{1, 30, 0}, ""});
  answers_["10.0.0.2/metrics"] = {200, "pilot_total_xds_rejects{type=\"lds\"} 5\n"};
  const auto health = look();
  ASSERT_TRUE(health);
  EXPECT_FALSE(health->details);
  EXPECT_THAT(health->refusals, IsEmpty());
  EXPECT_EQ(health->proxies, 0);
  EXPECT_THAT(health->istiods, ElementsAre("istiod-0", "istiod-1"));
  EXPECT_EQ(health->istiod, (mesh::Version{1, 30, 0}));
}

TEST_F(LookTest, TheTokenIsSentOnlyToWhoAsksWhoWeAre) {
  options_.token_file = (std::filesystem::temp_directory_path() / "meshtrace-istiod-token").string();
  std::ofstream(options_.token_file) << "secret-token\n";
  EXPECT_TRUE(look()->details);
  EXPECT_THAT(tokens_, testing::Each("")) << "nobody asked";
  tokens_.clear();
  token_answer_ = answers_["10.0.0.1/debug/syncz"];
  answers_["10.0.0.1/debug/syncz"] = {401, ""};
  EXPECT_TRUE(look()->details);
  EXPECT_THAT(tokens_, ElementsAre("", "", "secret-token"));
  token_answer_ = net::HttpReply{403, "secret-token"};
  const auto health = look();
  ASSERT_TRUE(health);
  EXPECT_THAT(health->notes, testing::Each(testing::Not(HasSubstr("secret"))));
  std::filesystem::remove(options_.token_file);
}

TEST_F(LookTest, ATokenThatIsNotThereIsSaidToBeMissing) {
  options_.token_file = "/nonexistent/istio-token";
  answers_["10.0.0.1/debug/syncz"] = {401, ""};
  const auto health = look();
  ASSERT_TRUE(health);
  ASSERT_EQ(health->notes.size(), 1u);
  EXPECT_THAT(health->notes[0], HasSubstr("audience istio-ca in /nonexistent/istio-token"));
}

TEST_F(LookTest, NobodyAnsweringIsAnError) {
  answers_.clear();
  const auto health = look();
  ASSERT_FALSE(health);
  EXPECT_THAT(health.error().message(), HasSubstr("Connection refused"));
  options_.istiods.clear();
  EXPECT_THAT(look().error().message(), HasSubstr("no pod of it is running"));
}

TEST_F(LookTest, AsksNobodyOnceItsPatienceIsOver) {
  options_.patience = std::chrono::milliseconds(0);
  EXPECT_FALSE(look());
  EXPECT_THAT(tokens_, IsEmpty());
}

}  // namespace
}  // namespace meshtrace::controller
