// The program put together: certificate, policies, server, and its life from start to drained.
#pragma once

#include "webhook/options.h"

namespace meshtrace::webhook {

// Runs until a signal ends it and returns the exit code.
int run(const Options& options);

}  // namespace meshtrace::webhook
