// Logs when a program's readiness changes, and why.
#pragma once

#include <string>
#include <utility>

#include "net/process/log.h"

namespace meshtrace::log {

class ReadinessLog {
 public:
  // `problem`: why the program is not ready now; empty when it is.
  void look(std::string problem) {
    if (problem == last_) return;
    if (problem.empty()) {
      info("ready");
    } else {
      warn("not ready", {{"reason", problem}});
    }
    last_ = std::move(problem);
  }

 private:
  std::string last_ = "just started";
};

}  // namespace meshtrace::log
