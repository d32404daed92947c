// kubectl meshtrace probe: sends one request with a trace context of its own, and looks in Jaeger or Tempo how far the
// trace came. Needs no cluster.
#pragma once

#include "cli/command.h"
#include "cli/environment.h"
#include "cli/probe_options.h"

namespace meshtrace::cli {

Command probe_command();

// Exit status 0: a reply came, and the trace is whole if a store was asked; 1: it is not; 2: no reply, or no answer of
// the store.
Outcome run_probe(const ProbeOptions& options, const Environment& environment);

}  // namespace meshtrace::cli
