// `explain MT0101`, `explain MT01` and `explain --all-checks`: what is written about the audit's checks.
#pragma once

#include <string>

#include "cli/environment.h"

namespace meshtrace::cli {

// A check's page, or for a group its checks, one a line.
Outcome run_explain_check(const std::string& code);

// docs/checks.md.
Outcome run_explain_all_checks();

}  // namespace meshtrace::cli
