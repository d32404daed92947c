// Lines of streams that come in pieces, what stands before entries, and what memory keeps of requests.
#include "core/logs/lines.h"

#include <gmock/gmock.h>

#include "core/logs/prefix.h"
#include "core/logs/recent.h"

namespace meshtrace::logs {
namespace {

using testing::ElementsAre;

TEST(Lines, AreTheSameInPiecesOfAnySize) {
  const std::string text = "a\nbc\r\n\n\r\ndef\n\n\ng";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    Lines lines;
    std::vector<std::string> seen;
    const auto keep = [&](std::string_view line) { seen.emplace_back(line); };
    for (std::size_t at = 0; at < text.size(); at += size) lines.feed(text.substr(at, size), keep);
    EXPECT_TRUE(lines.finish()) << "the last one is truncated";
    EXPECT_THAT(seen, ElementsAre("a", "bc", "def")) << size;
    EXPECT_EQ(lines.count(), 8u) << size;
  }
}

TEST(Lines, DropThoseThatAreTooLongAndGoOn) {
  for (const std::size_t piece : {std::size_t{1000}, kMaxLineBytes / 3, 5 * kMaxLineBytes}) {
    Lines lines;
    std::vector<std::size_t> sizes;
    const auto keep = [&](std::string_view line) { sizes.push_back(line.size()); };
    const std::string text = "a\n" + std::string(kMaxLineBytes, 'x') + "\n" + std::string(3 * kMaxLineBytes, 'y') +
                             "\nbc\n" + std::string(kMaxLineBytes + 1, 'z');
    for (std::size_t at = 0; at < text.size(); at += piece) lines.feed(std::string_view(text).substr(at, piece), keep);
    EXPECT_FALSE(lines.finish());
    EXPECT_THAT(sizes, ElementsAre(1, kMaxLineBytes, 2)) << piece;
    EXPECT_EQ(lines.count_overlong(), 2u) << piece;
    EXPECT_EQ(lines.count(), 5u) << piece;
  }
}

TEST(Prefix, OfKubectlAndContainerRuntimesIsTakenAway) {
  const std::string time = "2026-11-21T14:22:00.123456789Z ";
  for (const auto& [line, pod] : {std::pair<std::string, std::string>{"entry", ""},
                                  {time + "entry", ""},
                                  {"2026-11-21T14:22:00Z entry", ""},
                                  {"2026-11-21T14:22:00.123456789+01:00 entry", ""},
                                  {time + "stdout F entry", ""},
                                  {time + "stderr F entry", ""},
                                  {"[pod/shop-1/istio-proxy] entry", "pod/shop-1"},
                                  {"[pod/shop-1/istio-proxy] " + time + "entry", "pod/shop-1"}}) {
    const PrefixedLine read = strip_prefix(line, LeadingTime::kStrip);
    EXPECT_EQ(read.line, "entry") << line;
    EXPECT_EQ(read.pod, pod) << line;
  }
}

TEST(Prefix, IsNotFoundWhereThereIsNone) {
  for (const std::string line :
       {"", "2026", "2026-11-21T14:22:00Z", "2026-11-21T14:22:00.123Z\tinfo\tready", "[pod/shop-1/istio-proxy]",
        "[pod/Shop 1/x] entry", "[pod/shop] a/b entry", "[pod//x] e", "[2026-11-21T14:22:00.123Z] \"GET"}) {
    EXPECT_EQ(strip_prefix(line, LeadingTime::kStrip).line, line);
    EXPECT_EQ(strip_prefix(line, LeadingTime::kStrip).pod, "") << line;
  }
  EXPECT_EQ(strip_prefix("2026-11-21T14:22:00Z entry", LeadingTime::kKeep).line, "2026-11-21T14:22:00Z entry");
}

constexpr std::uint64_t kKey = 77;

TEST(Recent, FindsADifferenceOnceAndOrdersItByTime) {
  Recent recent(64);
  EXPECT_FALSE(recent.compare({kKey, 1, 10, 0}));
  EXPECT_FALSE(recent.compare({kKey, 1, 20, 1}));
  const auto later = recent.compare({kKey, 2, 30, 2});
  ASSERT_TRUE(later);
  EXPECT_EQ(later->before.hop, 0u) << "the first of equal ones is named";
  EXPECT_EQ(later->after.hop, 2u);
  EXPECT_FALSE(recent.compare({kKey, 2, 40, 3})) << "the hops that follow are not to blame";
  EXPECT_FALSE(recent.compare({kKey, 1, 5, 4})) << "the later one was told already";
}

TEST(Recent, FindsThatTheOneReadBeforeIsTheLater) {
  Recent recent(64);
  recent.compare({kKey, 2, 30, 2});
  const auto earlier = recent.compare({kKey, 1, 5, 4});
  ASSERT_TRUE(earlier);
  EXPECT_EQ(earlier->before.hop, 4u);
  EXPECT_EQ(earlier->after.hop, 2u);
}

TEST(Recent, GoesByTheOrderOfReadingWithoutTimes) {
  Recent recent(64);
  recent.compare({kKey, 1, 0, 0});
  const auto difference = recent.compare({kKey, 2, 0, 1});
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->after.hop, 1u);
}

TEST(Recent, ForgetsTheOlderOfABucketAndCountsIt) {
  Recent recent(2);
  recent.compare({1, 1, 0, 0});
  recent.compare({2, 1, 0, 0});
  EXPECT_EQ(recent.forgotten(), 0u);
  recent.compare({1, 1, 0, 0});
  recent.compare({3, 1, 0, 0});
  EXPECT_EQ(recent.forgotten(), 1u);
  EXPECT_TRUE(recent.compare({1, 2, 0, 1})) << "it was seen after the one that is forgotten";
  EXPECT_FALSE(recent.compare({2, 2, 0, 1}));
}

TEST(Recent, TakesZeroForNoKey) {
  Recent recent(2);
  EXPECT_FALSE(recent.compare({0, 1, 0, 0}));
  EXPECT_FALSE(recent.compare({0, 2, 0, 1}));
}

}  // namespace
}  // namespace meshtrace::logs
