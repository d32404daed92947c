// The work queue: client-go's semantics, with moments that the test chooses.
#include "kube/work_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace meshtrace::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkQueueTest : public testing::Test {
 protected:
  Moment now_{};
  // 1.0 would be outside [0, 1) but makes every delay the whole one.
  WorkQueue<std::string> queue_{{milliseconds(100), milliseconds(1000)}, [] { return 1.0; }};
};

TEST_F(WorkQueueTest, GivesKeysOutInTheirOrderAndEachOnce) {
  for (const char* key : {"a", "b", "a", "c", "b"}) queue_.add(key, now_);
  EXPECT_EQ(queue_.figures(now_).depth, 3u);
  EXPECT_EQ(queue_.figures(now_).adds, 3u);
  EXPECT_EQ(queue_.take(now_), "a");
  EXPECT_EQ(queue_.take(now_), "b");
  EXPECT_EQ(queue_.take(now_), "c");
  EXPECT_EQ(queue_.take(now_), std::nullopt);
}

TEST_F(WorkQueueTest, AKeyIsNeverInTwoHands) {
  queue_.add("a", now_);
  ASSERT_EQ(queue_.take(now_), "a");
  queue_.add("a", now_);
  queue_.add("a", now_);
  EXPECT_EQ(queue_.take(now_), std::nullopt);
  EXPECT_EQ(queue_.figures(now_).in_flight, 1u);
  queue_.done("a", now_);
  EXPECT_EQ(queue_.take(now_), "a") << "what changed meanwhile is to be seen";
  queue_.done("a", now_);
  EXPECT_EQ(queue_.take(now_), std::nullopt);
}

TEST_F(WorkQueueTest, ADelayedKeyWaitsForItsMoment) {
  queue_.add_after("a", seconds(5), now_);
  EXPECT_EQ(queue_.next_due(), now_ + seconds(5));
  EXPECT_EQ(queue_.take(now_ + milliseconds(4999)), std::nullopt);
  EXPECT_EQ(queue_.take(now_ + seconds(5)), "a");
  EXPECT_EQ(queue_.next_due(), std::nullopt);
}

TEST_F(WorkQueueTest, ABurstOfDelayedAddsIsOneLookAtTheEarliestMoment) {
  for (int i = 0; i < 100; ++i) queue_.add_after("a", seconds(5), now_ + milliseconds(10 * i));
  queue_.add_after("a", seconds(1), now_ + seconds(1));
  EXPECT_EQ(queue_.figures(now_).delayed, 1u);
  EXPECT_EQ(queue_.next_due(), now_ + seconds(2));
  EXPECT_EQ(queue_.take(now_ + seconds(2)), "a");
  queue_.done("a", now_ + seconds(2));
  EXPECT_EQ(queue_.take(now_ + seconds(60)), std::nullopt);
}

TEST_F(WorkQueueTest, AKeyThatFailsComesBackLaterAndLater) {
  for (const int expected : {100, 200, 400, 800, 1000, 1000}) {
    queue_.add("a", now_);
    ASSERT_EQ(queue_.take(now_), "a");
    EXPECT_EQ(queue_.retry("a", now_), milliseconds(expected));
    queue_.done("a", now_);
    EXPECT_EQ(queue_.take(now_), std::nullopt);
    now_ += milliseconds(expected);
    ASSERT_EQ(queue_.take(now_), "a");
    queue_.done("a", now_);
  }
  EXPECT_EQ(queue_.failures("a"), 6);
  EXPECT_EQ(queue_.failures("b"), 0) << "the back-off is of one key";
  EXPECT_EQ(queue_.figures(now_).retries, 6u);
  queue_.forget("a");
  EXPECT_EQ(queue_.retry("a", now_), milliseconds(100));
}

TEST_F(WorkQueueTest, ARetryWhileInHandWaitsForDone) {
  queue_.add("a", now_);
  queue_.take(now_);
  queue_.retry("a", now_);
  now_ += seconds(1);
  EXPECT_EQ(queue_.take(now_), std::nullopt) << "due, but still in hand";
  queue_.done("a", now_);
  EXPECT_EQ(queue_.take(now_), "a");
}

TEST_F(WorkQueueTest, TellsHowLongTheOldestWaits) {
  EXPECT_EQ(queue_.figures(now_).oldest_age, milliseconds(0));
  queue_.add("a", now_);
  queue_.add("b", now_ + seconds(2));
  EXPECT_EQ(queue_.figures(now_ + seconds(3)).oldest_age, seconds(3));
  queue_.take(now_ + seconds(3));
  EXPECT_EQ(queue_.figures(now_ + seconds(3)).oldest_age, seconds(1));
}

TEST_F(WorkQueueTest, DoneOfWhatIsNotInHandDoesNothing) {
  queue_.done("a", now_);
  queue_.add("a", now_);
  queue_.done("a", now_);
  EXPECT_EQ(queue_.figures(now_).depth, 1u);
}

}  // namespace
}  // namespace meshtrace::kube
