// The command line as a table: one row a subcommand. Parsing is CLI11's; what a command does is in its own file.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace meshtrace::cli {

// `arguments` without the program's name. What goes wrong is in the Outcome; only running out of memory throws.
Outcome run(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace meshtrace::cli
