// Log files and standard input, handed to an analysis piece by piece: memory holds none of them whole.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "core/base/result.h"
#include "core/logs/analysis.h"

namespace meshtrace::cli {

// In the order given; "-" is standard input. Progress is told every few seconds.
Result<void> read_log_files(const std::vector<std::string>& paths, const Environment& environment,
                            logs::Analysis& analysis);

}  // namespace meshtrace::cli
