// kubectl meshtrace audit: where in a mesh traces are lost, and how to mend it.
#pragma once

#include "cli/command.h"

namespace meshtrace::cli {

Command audit_command();

}  // namespace meshtrace::cli
