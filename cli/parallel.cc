#include "cli/parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace meshtrace::cli {
namespace {

constexpr std::chrono::seconds kTick{1};

class Crew {
 public:
  explicit Crew(const Parallel& work) : work_(work) {}

  void labour() {
    for (std::size_t job = take(); job < work_.jobs; job = take()) {
      try {
        work_.run(job);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        next_ = work_.jobs;
      }
    }
    const std::lock_guard lock(mutex_);
    ++idle_;
    changed_.notify_one();
  }

  void wait(std::size_t threads) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kTick, [&] { return idle_ == threads; })) {
      lock.unlock();
      if (work_.tick) work_.tick();
      lock.lock();
    }
  }

  void throw_failure() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::size_t take() {
    const std::lock_guard lock(mutex_);
    return next_ < work_.jobs ? next_++ : work_.jobs;
  }

  const Parallel& work_;
  std::mutex mutex_;  // of everything below
  std::condition_variable changed_;
  std::size_t next_ = 0;
  std::size_t idle_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void run_parallel(const Parallel& work) {
  const std::size_t threads = std::clamp<std::size_t>(work.threads, 1, std::max<std::size_t>(work.jobs, 1));
  Crew crew(work);
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) workers.emplace_back([&crew] { crew.labour(); });
    crew.wait(threads);
  }
  crew.throw_failure();
}

std::size_t core_count() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace meshtrace::cli
