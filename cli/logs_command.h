// kubectl meshtrace logs: what access logs say about where the trace is lost. Reads files, standard input or pods and
// prints; what the lines mean is core/logs'.
#pragma once

#include "cli/command.h"

namespace meshtrace::cli {

Command logs_command();

}  // namespace meshtrace::cli
