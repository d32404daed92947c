// The graph as an SVG element of the report. Nodes and marks are HTML inside of it, links to the findings about them.
#pragma once

#include <string>

#include "cli/report/graph.h"
#include "cli/report/shown.h"

namespace meshtrace::cli {

// Ids of the elements: n0, n1 … for nodes and e0, e1 … for edges, by their places in the graph.
std::string svg_of(const Graph& graph, const Shown& shown);

}  // namespace meshtrace::cli
