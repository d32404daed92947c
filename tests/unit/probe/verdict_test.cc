// What a trace proves: whole, hops missing, in pieces; and where between known services it ends.
#include "core/probe/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/probe/spans.h"

namespace meshtrace::probe {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Verdict judged(std::vector<Span> spans, const std::vector<std::string>& expected) {
  return judge(build_tree(std::move(spans), id("a")), expected);
}

Span call(const std::string& own, const std::string& parent, const std::string& service, const std::string& peer) {
  Span made = kind(span(own, parent, service), SpanKind::kClient);
  made.operation = "egress";
  made.peer = peer;
  return made;
}

// gateway -> frontend -> cart
std::vector<Span> path() {
  return {span("b", "a", "gateway"), call("c", "b", "gateway", "frontend"), span("d", "c", "frontend"),
          call("e", "d", "frontend", "cart.shop"), span("f", "e", "cart")};
}

std::vector<Span> without(const std::string& service) {
  std::vector<Span> spans = path();
  std::erase_if(spans, [&](const Span& span) { return span.service == service; });
  return spans;
}

TEST(Verdict, AWholeTraceNeedsNoReason) {
  for (const std::vector<std::string>& expected :
       {std::vector<std::string>{}, {"gateway", "frontend", "cart"}, {"cart"}, {"front*", "c?rt"}}) {
    const Verdict verdict = judged(path(), expected);
    EXPECT_EQ(verdict.outcome, Outcome::kWhole);
    EXPECT_THAT(verdict.reasons, IsEmpty());
    EXPECT_THAT(verdict.services, ElementsAre("gateway", "frontend", "cart"));
  }
}

TEST(Verdict, SaysBetweenWhichHopsTheTraceEndsAndOnWhichCall) {
  const Verdict verdict = judged(without("cart"), {"gateway", "frontend", "cart"});
  EXPECT_EQ(verdict.outcome, Outcome::kHopsMissing);
  EXPECT_THAT(verdict.reasons,
              ElementsAre(AllOf(HasSubstr("cart: no span of it"), HasSubstr("ends between frontend and cart"),
                                HasSubstr("the call \"egress\" of frontend to cart.shop has nothing behind it"))));
}

TEST(Verdict, TwoMissingHopsAreToldByTheLastOneThatIsThere) {
  std::vector<Span> spans = without("cart");
  std::erase_if(spans, [&](const Span& span) { return span.service == "frontend"; });
  const Verdict verdict = judged(std::move(spans), {"gateway", "frontend", "cart"});
  EXPECT_THAT(verdict.reasons,
              ElementsAre(HasSubstr("ends between gateway and frontend"), HasSubstr("ends between gateway and cart")));
}

TEST(Verdict, AHopInTheMiddleThatDoesNotReportLeavesThePartsBehindItHanging) {
  const Verdict verdict = judged(without("frontend"), {"gateway", "frontend", "cart"});
  EXPECT_EQ(verdict.outcome, Outcome::kHopsMissing);
  EXPECT_THAT(verdict.reasons, Contains(HasSubstr("frontend: no span of it")));
  EXPECT_THAT(verdict.reasons, Contains(HasSubstr("gateway before it and cart after it are there")));
  EXPECT_THAT(verdict.reasons, Contains(HasSubstr("cart \"GET /\" hangs in the air")));
}

TEST(Verdict, AFirstHopThatIsMissingIsToldByTheOneBehindIt) {
  EXPECT_THAT(judged(without("gateway"), {"gateway", "frontend"}).reasons,
              Contains(HasSubstr("the trace begins behind it, at frontend")));
}

TEST(Verdict, PiecesWithEveryExpectedHopAreStillNotWhole) {
  const Verdict verdict = judged(without("frontend"), {"gateway", "cart"});
  EXPECT_EQ(verdict.outcome, Outcome::kFragmented);
  EXPECT_THAT(
      verdict.reasons,
      ElementsAre(
          HasSubstr("gateway \"GET /\" is where the request entered; the call \"egress\" of gateway to frontend"),
          HasSubstr("no span here has the id of its parent, 000000000000000e")));
}

TEST(Verdict, ATraceOfWhichNothingCameIsNotFound) {
  const Verdict verdict = judged({}, {"gateway"});
  EXPECT_EQ(verdict.outcome, Outcome::kNotFound);
  EXPECT_THAT(verdict.reasons, ElementsAre(HasSubstr("no span of this trace")));
  EXPECT_FALSE(verdict.hops.at(0).seen);
}

TEST(Verdict, TellsOfAHundredPiecesByTheFirstOnes) {
  std::vector<Span> spans;
  for (int i = 1; i <= 100; ++i) spans.push_back(span("b" + std::to_string(i), "c" + std::to_string(i), "s"));
  const Verdict verdict = judged(std::move(spans), {});
  EXPECT_THAT(verdict.reasons, SizeIs(6));
  EXPECT_THAT(verdict.reasons.back(), HasSubstr("and 95 pieces more"));
}

TEST(Verdict, TheCallsOfAHopAreToldUpToALimit) {
  std::vector<Span> spans = {span("b", "a", "gateway")};
  for (int i = 1; i <= 9; ++i) spans.push_back(call("c" + std::to_string(i), "b", "gateway", "p" + std::to_string(i)));
  const Verdict verdict = judged(std::move(spans), {"gateway", "cart"});
  EXPECT_THAT(verdict.reasons,
              ElementsAre(AllOf(HasSubstr("to p5"), Not(HasSubstr("to p6")), HasSubstr("nor have 4 calls more"))));
}

}  // namespace
}  // namespace meshtrace::probe
