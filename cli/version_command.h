// kubectl meshtrace version.
#pragma once

#include <string>

#include "cli/environment.h"

namespace meshtrace::cli {

// `output` is empty (one line for people), json or yaml.
Outcome run_version(const std::string& output);

}  // namespace meshtrace::cli
