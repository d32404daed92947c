// kubectl meshtrace explain -f: which policy holds for a workload, field by field and from where, and what its pod
// gets.
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/session.h"

namespace meshtrace::cli {

struct ExplainOptions {
  FileOptions input;
  std::string workload;  // KIND/NAME; empty: every workload in the files
};

Outcome run_explain(const ExplainOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
