// What an analysis of access logs found, as a table with examples for people and as a document for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/logs/report.h"

namespace meshtrace::cli {

// The table of hops, then each loss with its cause and examples.
std::string logs_text(const logs::Report& report);

// Lines for standard error: what was not read, and so not counted.
std::string logs_notes(const logs::Report& report);

nlohmann::json logs_json(const logs::Report& report);

}  // namespace meshtrace::cli
