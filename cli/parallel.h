// Many pieces of work on a few threads, while the caller waits and tells how far it is.
#pragma once

#include <cstddef>
#include <functional>

namespace meshtrace::cli {

struct Parallel {
  std::size_t jobs = 0;
  std::size_t threads = 1;
  std::function<void(std::size_t job)> run;  // from any thread, each job once, those of lower number first
  std::function<void()> tick = {};  // about once a second, from the caller's thread, from the first full second on
};

// Returns when all jobs have ended. An exception of a job ends the others and is thrown again.
void run_parallel(const Parallel& work);

// Threads that computing gains from.
std::size_t core_count();

}  // namespace meshtrace::cli
