// An earlier report as the baseline of this one: only what is new is told.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/audit/audit.h"
#include "core/base/result.h"

namespace meshtrace::cli {

// What makes two findings the same between two audits: code, object (whatever its API version) and field; neither line
// nor message, which change without anything being better or worse.
std::string baseline_key(const audit::Finding& finding);

// The keys of a report that `-o json` printed. `name` begins the error's `where`.
Result<std::set<std::string>> read_baseline(const std::string& name, std::string_view text);

// Takes out what the baseline has, and counts it as suppressed.
void subtract(const std::set<std::string>& baseline, audit::Audited& audited);

}  // namespace meshtrace::cli
