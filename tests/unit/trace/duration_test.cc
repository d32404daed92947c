#include "core/trace/duration.h"

#include <gtest/gtest.h>

#include <string>

namespace meshtrace::trace {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsHoursMinutesSecondsAndMilliseconds) {
  const std::pair<std::string, int> cases[] = {
      {"5s", 5'000}, {"500ms", 500},     {"1m30s", 90'000}, {"2h", 7'200'000}, {"1h1m1s1ms", 3'661'001},
      {"0s", 0},     {"00010s", 10'000}, {"1ms1ms", 2},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_duration(text), milliseconds(expected)) << text;
}

TEST(Duration, RefusesWhatTheCrdPatternRefuses) {
  for (const std::string text : {"", "5", "s", "-5s", "+5s", "1d", "1.5s", "5 s", "5S", "5us", "5s ", "100000s",
                                 "1s1s1s1s1s", "99999999999999999999s", "5sm"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Duration, IsWrittenInItsShortestForm) {
  const std::pair<int, std::string> cases[] = {
      {0, "0s"}, {1, "1ms"}, {5'000, "5s"}, {90'000, "1m30s"}, {3'661'001, "1h1m1s1ms"}, {600'000, "10m"},
  };
  for (const auto& [count, expected] : cases) {
    EXPECT_EQ(format_duration(milliseconds(count)), expected);
    EXPECT_EQ(parse_duration(expected), milliseconds(count)) << expected;
  }
}

}  // namespace
}  // namespace meshtrace::trace
