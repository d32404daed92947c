// The collector's address that applications export to: a URL, in which $(VARIABLE) stands for a container's variable.
#pragma once

#include <nlohmann/json.hpp>

#include "core/policy/findings.h"

namespace meshtrace::policy {

// `exporter` is a checked exporter object; either member may be absent.
void check_exporter(const nlohmann::json& exporter, Report& report);

}  // namespace meshtrace::policy
