// The findings as the report lists them, what they can be filtered by, and the pages of their checks.
#pragma once

#include <string>

#include "cli/report/graph.h"
#include "cli/report/shown.h"

namespace meshtrace::cli {

// One article each, f0, f1 … by their places, linked to where they stand in the drawn graph.
std::string finding_list(const Shown& shown, const Graph& graph);

// Controls for severity, namespace and code, with how many findings each has.
std::string severity_boxes(const Shown& shown);
std::string namespace_options(const Shown& shown);
std::string code_options(const Shown& shown);

// One section for each check that found something, mt0101 … as docs/checks.md has them.
std::string check_pages(const Shown& shown);

}  // namespace meshtrace::cli
