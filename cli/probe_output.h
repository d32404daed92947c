// What a probe found out, as text for people and as an object for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/probe_report.h"

namespace meshtrace::cli {

// The reply, the trace as a waterfall, and the verdict with its reasons.
std::string probe_text(const ProbeReport& report);

// The same and every span. docs/probe.md describes the object.
nlohmann::json probe_json(const ProbeReport& report);

}  // namespace meshtrace::cli
