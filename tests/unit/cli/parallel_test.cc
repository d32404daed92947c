#include "cli/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace meshtrace::cli {
namespace {

TEST(Parallel, DoesEachJobOnce) {
  for (const std::size_t threads : {0U, 1U, 3U, 50U}) {
    std::vector<std::atomic<int>> done(20);
    run_parallel({.jobs = done.size(), .threads = threads, .run = [&](std::size_t job) { ++done[job]; }});
    for (const auto& times : done) EXPECT_EQ(times, 1);
  }
  run_parallel({.jobs = 0, .threads = 4, .run = [](std::size_t) { FAIL(); }});
}

TEST(Parallel, DoesSeveralAtATime) {
  std::mutex mutex;
  std::condition_variable all_there;
  int there = 0;
  run_parallel({.jobs = 3, .threads = 3, .run = [&](std::size_t) {
                  std::unique_lock lock(mutex);
                  ++there;
                  all_there.notify_all();
                  all_there.wait(lock, [&] { return there == 3; });
                }});
  EXPECT_EQ(there, 3);
}

TEST(Parallel, TellsWhileItWaits) {
  std::mutex mutex;
  std::condition_variable told;
  bool has_ticked = false;
  run_parallel({.jobs = 1,
                .threads = 1,
                .run =
                    [&](std::size_t) {
                      std::unique_lock lock(mutex);
                      told.wait(lock, [&] { return has_ticked; });
                    },
                .tick =
                    [&] {
                      const std::lock_guard lock(mutex);
                      has_ticked = true;
                      told.notify_all();
                    }});
  EXPECT_TRUE(has_ticked);
}

TEST(Parallel, ThrowsWhatAJobThrew) {
  std::atomic<int> begun = 0;
  const auto fail_at_once = [&](std::size_t) {
    ++begun;
    throw std::runtime_error("broken");
  };
  EXPECT_THROW(run_parallel({.jobs = 1000, .threads = 2, .run = fail_at_once}), std::runtime_error);
  EXPECT_LT(begun, 1000);
}

}  // namespace
}  // namespace meshtrace::cli
