#include "cli/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace meshtrace::cli {
namespace {

std::string diff(std::string_view a, std::string_view b, bool color = false) {
  return unified_diff(a, b, {"a", "b", color});
}

TEST(Diff, IsEmptyForEqualTexts) {
  EXPECT_EQ(diff("", ""), "");
  EXPECT_EQ(diff("x\ny", "x\ny"), "");
}

TEST(Diff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nnew\n5\n6\n7\n8\n9\n"),
            "--- a\n+++ b\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n");
}

TEST(Diff, JoinsHunksThatTouchAndPartsOthers) {
  const std::string old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n";
  std::string close = old;
  close.insert(close.find("8\n"), "x\n");
  close.insert(close.find("3\n"), "y\n");
  const std::string once = diff(old, close);
  EXPECT_EQ(once.find("@@ -", once.find("@@ -") + 1), std::string::npos) << once;
  std::string far = old;
  far.insert(far.find("18\n"), "x\n");
  far.insert(far.find("2\n"), "y\n");
  EXPECT_EQ(diff(old, far),
            "--- a\n+++ b\n@@ -1,4 +1,5 @@\n 1\n+y\n 2\n 3\n 4\n@@ -15,4 +16,5 @@\n 15\n 16\n 17\n+x\n 18\n");
}

TEST(Diff, ReplacesAndRemoves) {
  EXPECT_EQ(diff("a\nb\nc\n", "a\nB\nc\n"), "--- a\n+++ b\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
  EXPECT_EQ(diff("a\n", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(diff("", "a\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n");
}

TEST(Diff, MarksAMissingLastLineEnd) {
  EXPECT_EQ(
      diff("a\nb", "a\nb\nc"),
      "--- a\n+++ b\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n");
}

TEST(Diff, ColoursLinesAndDisarmsControlCharactersOnATerminal) {
  const std::string out = diff("a\n", "a\nb\xC2\x9B\n", true);
  EXPECT_THAT(out, testing::HasSubstr("\x1b[32m+b\\x9b\x1b[0m\n"));
  EXPECT_THAT(out, testing::HasSubstr("\n a\n"));
}

TEST(Diff, EndsOnTextsThatHaveNothingInCommon) {
  std::string a;
  std::string b;
  for (int i = 0; i < 5000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  EXPECT_THAT(diff(a, b), testing::HasSubstr("@@ -1,5000 +1,5000 @@"));
}

}  // namespace
}  // namespace meshtrace::cli
