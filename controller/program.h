// The program put together: clients, caches, election, reconciler, certificates, server, and its life from start to a
// given-up lease.
#pragma once

#include "controller/options.h"

namespace meshtrace::controller {

// Runs until a signal ends it and returns the exit code.
int run(const Options& options);

}  // namespace meshtrace::controller
