// kubectl meshtrace explain -f: which policy holds for a workload, field by field and from where, and what its pod
// gets. With a check's code, that check's page (explain_check.h).
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/session.h"

namespace meshtrace::cli {

struct ExplainOptions {
  FileOptions input;
  std::string workload;     // KIND/NAME, or a check's code; empty: every workload in the files
  bool all_checks = false;  // the pages of all checks instead
};

Outcome run_explain(const ExplainOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
