// Which refusal is ours, and which write is taken back for it.
#include "controller/verification.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace meshtrace::controller {
namespace {

using std::chrono::milliseconds;

const kube::Moment kStart{std::chrono::hours(1)};
const Refusal kOurs{"app-1.shop", "lds", "unknown operator"};
const Refusal kOthers{"app-2.bank", "cds", "somebody's cluster"};

std::vector<WrittenField> filter_of(const std::string& ns) {
  return {{{"EnvoyFilter", ns, "meshtrace-" + ns, "spec"}, "hash-" + ns}};
}
const std::vector<WrittenField> kText{
    {{"ConfigMap", "istio-system", "istio", "data.mesh.accessLogFormat"}, "hash-text"}};

MeshHealth with(std::vector<Refusal> refusals) {
  MeshHealth health;
  health.istiods = {"istiod-1"};
  health.details = true;
  health.refusals = std::move(refusals);
  return health;
}

class VerificationTest : public testing::Test {
 protected:
  void begin(const MeshHealth& health = with({})) { verification_.set_baseline(health); }
  void write(const std::vector<WrittenField>& fields) { verification_.wrote(fields, now_); }
  // The next look; its verdict's fields.
  std::vector<WrittenField> look(const MeshHealth& health) {
    if (!verification_.next_look()) return {};
    now_ = *verification_.next_look();
    const auto verdict = verification_.looked(health, now_);
    return verdict ? verdict->fields : std::vector<WrittenField>();
  }
  // Looks until none is due any more; how many those were.
  int look_to_the_end(const MeshHealth& health) {
    int looks = 0;
    while (verification_.next_look() && ++looks < 100) EXPECT_TRUE(look(health).empty());
    return looks;
  }

  Verification verification_;
  kube::Moment now_ = kStart;
};

TEST_F(VerificationTest, LooksAFewTimesAfterAWriteAndThenNoMore) {
  EXPECT_TRUE(verification_.wants_baseline());
  begin();
  write(kText);
  EXPECT_FALSE(verification_.wants_baseline());
  const int looks = look_to_the_end(with({}));
  EXPECT_GE(looks, 3);
  EXPECT_LE(looks, 10);
  EXPECT_TRUE(verification_.wants_baseline());
}

TEST_F(VerificationTest, BlamesTheWriteAfterWhichARefusalCame) {
  begin();
  write(kText);
  EXPECT_TRUE(look(with({})).empty());
  EXPECT_EQ(look(with({kOurs})), kText);
}

TEST_F(VerificationTest, BlamesItInTheVeryLastLook) {
  begin();
  write(kText);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(look(with({})).empty());
  EXPECT_EQ(look(with({kOurs})), kText);
}

TEST_F(VerificationTest, DoesNotTakeForOursWhatWasRefusedBefore) {
  begin(with({kOthers}));
  write(kText);
  look_to_the_end(with({kOthers}));
}

TEST_F(VerificationTest, BlamesNoWriteThatDoesNotReachTheProxy) {
  begin();
  write(filter_of("shop"));
  look_to_the_end(with({kOthers}));
}

TEST_F(VerificationTest, PrefersTheWriteThatReachesTheProxyOverANewerOne) {
  begin();
  write(filter_of("shop"));
  write(filter_of("bank"));
  EXPECT_EQ(look(with({kOurs})), filter_of("shop"));
}

TEST_F(VerificationTest, BlamesTheNextOnlyWhereTheRefusalStaysAfterTakingBack) {
  begin();
  write(filter_of("shop"));
  write(kText);
  EXPECT_EQ(look(with({kOurs})), kText);
  EXPECT_TRUE(look(with({kOurs})).empty());  // not taken back yet
  write({});
  EXPECT_TRUE(look(with({kOurs})).empty());  // the proxies have not answered yet
  std::vector<WrittenField> blamed;
  while (blamed.empty() && verification_.next_look()) blamed = look(with({kOurs}));
  EXPECT_EQ(blamed, filter_of("shop"));
}

TEST_F(VerificationTest, IsContentWhereTakingBackHelped) {
  begin();
  write(filter_of("shop"));
  write(kText);
  EXPECT_EQ(look(with({kOurs})), kText);
  write({});
  look_to_the_end(with({}));
  EXPECT_TRUE(verification_.wants_baseline());
}

TEST_F(VerificationTest, BlamesNobodyWhereNoIstiodAnswers) {
  begin();
  write(kText);
  now_ = *verification_.next_look();
  EXPECT_FALSE(verification_.looked(std::nullopt, now_));
  EXPECT_EQ(look(with({kOurs})), kText);
}

TEST_F(VerificationTest, WatchesNothingWithoutALookBefore) {
  write(kText);
  EXPECT_FALSE(verification_.next_look());
}

}  // namespace
}  // namespace meshtrace::controller
