#include "core/trace/traceparent.h"

#include <gtest/gtest.h>

#include <string>

namespace meshtrace::trace {
namespace {

using Fault = TraceparentFault;

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kParent = "00f067aa0ba902b7";
const std::string kGood = "00-" + kTrace + "-" + kParent + "-01";

TEST(Traceparent, GivesIdsAndFlags) {
  const auto read = parse_traceparent(kGood);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->trace_id, kTrace);
  EXPECT_EQ(read->parent_id, kParent);
  EXPECT_EQ(read->flags, 1);
  EXPECT_TRUE(read->sampled());
}

TEST(Traceparent, TakesEveryFlagAndCallsOnlyTheLastBitSampled) {
  for (const auto& [flags, value, sampled] :
       {std::tuple{"00", 0, false}, {"02", 2, false}, {"03", 3, true}, {"fe", 254, false}, {"ff", 255, true}}) {
    const std::string text = "00-" + kTrace + "-" + kParent + "-" + flags;
    const auto read = parse_traceparent(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->flags, value);
    EXPECT_EQ(read->sampled(), sampled);
  }
}

TEST(Traceparent, ReadsLaterVersionsAndWhatFollowsInThem) {
  const std::string rest = kGood.substr(2);
  for (const std::string& text : {"01" + rest, "cc" + rest + "-what-the-future-will-be-like", "fe" + rest + "-"}) {
    const auto read = parse_traceparent(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->trace_id, kTrace);
  }
}

TEST(Traceparent, SaysWhyAReceiverMustNotUseIt) {
  const std::string rest = kGood.substr(2);
  const std::string none(32, '0');
  std::string upper = kGood;
  upper[3] = 'A';
  std::string wrong = kGood;
  wrong[10] = 'g';
  const std::pair<std::string, Fault> cases[] = {
      {"", Fault::kLength},
      {"-", Fault::kLength},
      {kGood.substr(0, 54), Fault::kLength},
      {kGood + "-", Fault::kLength},
      {kGood + "0", Fault::kLength},
      {"01" + rest + ".", Fault::kShape},
      {kTrace + "-" + kTrace, Fault::kShape},
      {std::string(55, '-'), Fault::kDigits},
      {kGood + "," + kGood, Fault::kSeveral},
      {"01" + rest + "-a,b", Fault::kSeveral},
      {upper, Fault::kUpperCase},
      {wrong, Fault::kDigits},
      {" " + kGood.substr(0, 54), Fault::kShape},
      {"0x" + rest, Fault::kDigits},
      {"ff" + rest, Fault::kVersion},
      {"FF" + rest, Fault::kUpperCase},
      {"00-" + none + "-" + kParent + "-01", Fault::kZeroTraceId},
      {"00-" + kTrace + "-" + none.substr(16) + "-01", Fault::kZeroParentId},
      {kGood.substr(0, 54) + "\xFF", Fault::kDigits},
      {kGood.substr(0, 20) + std::string(1, '\0') + kGood.substr(21), Fault::kDigits},
  };
  for (const auto& [text, fault] : cases) {
    const auto read = parse_traceparent(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error(), fault) << text;
    EXPECT_FALSE(describe(read.error()).empty());
  }
}

}  // namespace
}  // namespace meshtrace::trace
