#include "kube/line_splitter.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace meshtrace::kube {
namespace {

struct Split {
  std::vector<std::string> lines;
  bool within_limit = true;
  std::string rest;
};

Split split(const std::vector<std::string>& pieces, std::size_t limit = kMaxLineBytes) {
  LineSplitter splitter(limit);
  Split result;
  for (const auto& piece : pieces) {
    result.within_limit = splitter.feed(piece, [&](std::string line) { result.lines.push_back(std::move(line)); });
  }
  result.rest = splitter.take_rest();
  return result;
}

TEST(LineSplitter, GivesOutLinesAcrossPieces) {
  const auto result = split({"a", "b\nc", "", "d\n\ne\n", "f"});
  EXPECT_EQ(result.lines, (std::vector<std::string>{"ab", "cd", "e"}));
  EXPECT_EQ(result.rest, "f");
}

TEST(LineSplitter, TakesALineOfExactlyTheLimit) {
  EXPECT_TRUE(split({"12345\n"}, 5).within_limit);
  EXPECT_FALSE(split({"123456\n"}, 5).within_limit);
  EXPECT_FALSE(split({"123", "456"}, 5).within_limit);
}

TEST(LineSplitter, GivesOutTheLinesBeforeOneThatIsTooLongAndNoneAfterIt) {
  const auto result = split({"a\n123456\nb\n", "c\n"}, 5);
  EXPECT_EQ(result.lines, (std::vector<std::string>{"a"}));
  EXPECT_FALSE(result.within_limit);
  EXPECT_EQ(result.rest, "");
}

// Property: however a text is cut into pieces, its lines are the same.
TEST(LineSplitter, GivesTheSameLinesHoweverTheTextIsCut) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> lines;
    std::string text;
    for (unsigned count = random() % 20; count > 0; --count) {
      lines.emplace_back(1 + random() % 40, static_cast<char>('a' + random() % 26));
      text += lines.back() + "\n";
    }
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = 1 + random() % 30;
      pieces.push_back(text.substr(at, length));
      at += length;
    }
    const auto result = split(pieces, 40);
    EXPECT_EQ(result.lines, lines);
    EXPECT_TRUE(result.within_limit);
    EXPECT_EQ(result.rest, "");
  }
}

}  // namespace
}  // namespace meshtrace::kube
