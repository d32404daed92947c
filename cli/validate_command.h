// kubectl meshtrace validate: the checks of the API server and of the webhook, offline.
#pragma once

#include "cli/environment.h"
#include "cli/session.h"

namespace meshtrace::cli {

// Status kInvalid when a policy is invalid, kFailed when a file cannot be read or holds no policy.
Outcome run_validate(const FileOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
