// How long a trace is waited for.
#include "core/probe/completion.h"

#include <gtest/gtest.h>

namespace meshtrace::probe {
namespace {

using namespace std::chrono_literals;

TEST(Completion, IsReachedAtOnceWithEveryExpectedHopAndNothingLoose) {
  Completion completion({30s, 6s});
  EXPECT_FALSE(completion.add({0, false, false}, 100ms));
  EXPECT_FALSE(completion.add({2, true, false}, 300ms));
  EXPECT_FALSE(completion.add({3, false, true}, 600ms));  // a parent may be on its way
  EXPECT_TRUE(completion.add({4, true, true}, 900ms));
}

TEST(Completion, WithoutExpectationsATraceMustHaveStoppedGrowing) {
  Completion completion({30s, 6s});
  EXPECT_FALSE(completion.add({2, true, {}}, 1s));
  EXPECT_FALSE(completion.add({2, true, {}}, 2s));
  EXPECT_FALSE(completion.add({2, true, {}}, 3s));  // unchanged twice, but an SDK sends every 5 s
  EXPECT_FALSE(completion.add({3, true, {}}, 6s));
  EXPECT_FALSE(completion.add({3, true, {}}, 11s));
  EXPECT_TRUE(completion.add({3, true, {}}, 12s));
}

TEST(Completion, OneLatePollAloneIsNotEnough) {
  Completion completion({30s, 6s});
  EXPECT_FALSE(completion.add({2, true, {}}, 1s));
  EXPECT_FALSE(completion.add({2, true, {}}, 20s));
  EXPECT_TRUE(completion.add({2, true, {}}, 21s));
}

TEST(Completion, WhatIsNotThereOrInPiecesIsWaitedForToTheEnd) {
  Completion completion({30s, 6s});
  for (auto passed = 1s; passed < 30s; passed += 1s) {
    EXPECT_FALSE(completion.add({0, false, {}}, passed));
    EXPECT_FALSE(completion.add({2, false, {}}, passed));
    EXPECT_FALSE(completion.add({2, true, false}, passed));
  }
}

TEST(Completion, AsksOftenAtFirstAndNeverBeyondTheEnd) {
  const Completion completion({30s, 6s});
  EXPECT_EQ(completion.next(0ms), 200ms);
  EXPECT_EQ(completion.next(4s), 1s);
  EXPECT_EQ(completion.next(20s), 2s);
  EXPECT_EQ(completion.next(29s), 1s);
  EXPECT_EQ(completion.next(30s), std::nullopt);
}

}  // namespace
}  // namespace meshtrace::probe
