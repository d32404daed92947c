// Spans as a tree: order, pieces, and what a store may get wrong.
#include "core/probe/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/probe/spans.h"

namespace meshtrace::probe {
namespace {

using ::testing::ElementsAre;

// "service" of each line, two spaces for each level.
std::vector<std::string> drawn(const Tree& tree) {
  std::vector<std::string> lines;
  for (const Tree::Line& line : tree.lines) {
    lines.push_back(std::string(2 * line.depth, ' ') + tree.spans[line.span].service);
  }
  return lines;
}

std::vector<Start> starts(const Tree& tree) {
  std::vector<Start> found;
  for (const Fragment& fragment : tree.fragments) found.push_back(fragment.start);
  return found;
}

TEST(Tree, PutsEverySpanBelowItsParentByStartTime) {
  const Tree tree = build_tree({at(span("d", "b", "late"), 30), at(span("c", "b", "early"), 20), span("b", "a", "gate"),
                                at(span("e", "c", "deep"), 25)},
                               id("a"));
  EXPECT_THAT(drawn(tree), ElementsAre("gate", "  early", "    deep", "  late"));
  EXPECT_THAT(starts(tree), ElementsAre(Start::kRequest));
  EXPECT_TRUE(tree.is_joined());
}

TEST(Tree, SeveralEntriesOfOneRequestHangTogether) {
  // The proxy tried twice, or the request was redirected.
  const Tree tree = build_tree({span("b", "a", "one"), at(span("c", "a", "two"), 5)}, id("a"));
  EXPECT_THAT(starts(tree), ElementsAre(Start::kRequest, Start::kRequest));
  EXPECT_TRUE(tree.is_joined());
}

TEST(Tree, ASpanWhoseParentIsMissingIsAPieceOfItsOwn) {
  const Tree tree = build_tree({span("b", "a", "gate"), span("d", "c", "lost")}, id("a"));
  EXPECT_THAT(drawn(tree), ElementsAre("gate", "lost"));
  EXPECT_THAT(starts(tree), ElementsAre(Start::kRequest, Start::kOrphan));
  EXPECT_FALSE(tree.is_joined());
}

TEST(Tree, OneParentlessRootIsWholeAndTwoAreNot) {
  EXPECT_TRUE(build_tree({span("b", "", "gate")}, id("a")).is_joined());
  EXPECT_FALSE(build_tree({span("b", "", "gate"), span("c", "", "cart")}, id("a")).is_joined());
  EXPECT_FALSE(build_tree({span("c", "b", "cart")}, id("a")).is_joined());
  EXPECT_FALSE(build_tree({}, id("a")).is_joined());
}

TEST(Tree, ACircleOfParentsIsOpenedAtItsEarliestSpan) {
  const Tree tree =
      build_tree({at(span("b", "c", "one"), 5), at(span("c", "b", "two"), 1), at(span("d", "d", "self"), 9)}, id("a"));
  EXPECT_THAT(drawn(tree), ElementsAre("two", "  one", "self"));
  EXPECT_THAT(starts(tree), ElementsAre(Start::kOrphan, Start::kOrphan));
}

TEST(Tree, RepeatedSpansCountOnce) {
  const Tree tree = build_tree({span("b", "a", "gate"), span("b", "a", "gate")}, id("a"));
  EXPECT_THAT(drawn(tree), ElementsAre("gate"));
  EXPECT_EQ(tree.duplicates, 1U);
}

TEST(Tree, ClientAndServerMayShareAnIdAsInZipkin) {
  const Tree tree = build_tree(
      {span("b", "a", "server"), kind(span("b", "a", "client"), SpanKind::kClient), at(span("c", "b", "inner"), 7)},
      id("a"));
  EXPECT_THAT(drawn(tree), ElementsAre("client", "  server", "    inner"));
}

TEST(Tree, KnowsWhenItBeganAndEnded) {
  Span huge = at(span("c", "b", "x"), INT64_MAX - 5);
  huge.duration_ns = INT64_MAX;
  const Tree tree = build_tree({at(span("b", "a", "gate"), 10), huge}, id("a"));
  EXPECT_EQ(tree.begin_ns, 10);
  EXPECT_EQ(tree.end_ns, INT64_MAX);
}

TEST(Tree, AChainOfTheMostSpansIsWalkedWithoutRecursion) {
  std::vector<Span> chain;
  for (std::size_t i = 0; i < kMaxSpans; ++i)
    chain.push_back(at(span(std::to_string(i + 2), std::to_string(i + 1), "s"), i));
  const Tree tree = build_tree(std::move(chain), id("1"));
  EXPECT_EQ(tree.lines.back().depth, kMaxSpans - 1);
  EXPECT_TRUE(tree.is_joined());
}

}  // namespace
}  // namespace meshtrace::probe
