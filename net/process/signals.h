// SIGTERM and SIGINT as something to wait for, instead of a handler that may do next to nothing. As process 1 of a
// container the kernel would not even deliver what is not waited for.
#pragma once

#include <chrono>

namespace meshtrace {

class Signals {
 public:
  // Holds both signals back in this thread and those that it starts.
  Signals();

  // The signal that came within `time`, or 0.
  [[nodiscard]] int wait(std::chrono::milliseconds time) const;

  // Ends the process without another step, with the exit code that shells give to a signal's death.
  [[noreturn]] static void exit_at_once(int signal);
};

}  // namespace meshtrace
