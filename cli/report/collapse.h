// A graph made small enough to be looked at: what is healthy is drawn together, what is not stays to be seen.
#pragma once

#include <cstddef>

#include "cli/report/graph.h"

namespace meshtrace::cli {

struct DrawingLimits {
  std::size_t nodes = 150;  // more than that nobody takes in, and a phone draws slowly
  std::size_t edges = 600;  // those with findings go first
};

// Unchanged where it is within the limits. Else, until it is: namespaces without a finding become one node each, then
// the healthy places within a namespace, then every namespace, then all but the nodes with the worst findings.
Graph collapse(Graph graph, const std::vector<audit::Finding>& findings, const DrawingLimits& limits = {});

}  // namespace meshtrace::cli
