// Where the drawing's nodes stand and which way its edges go: layers from left to right, in whole pixels.
#pragma once

#include <vector>

#include "cli/report/graph.h"

namespace meshtrace::cli {

struct LayoutOptions {  // pixels
  int node_width = 176;
  int node_height = 54;
  int column_gap = 140;  // between layers: room for a finding's mark on an edge
  int row_gap = 18;
  int edge_height = 14;  // of an edge that passes between nodes
  int margin = 16;
};

struct Point {
  int x = 0;
  int y = 0;
};

struct Layout {
  int width = 0;
  int height = 0;
  std::vector<Point> nodes;  // the upper left corner of each
  // Of each edge, from its node to the other: where it leaves, two points for each layer that it passes between nodes,
  // where it arrives. One that leads back goes from right to left.
  std::vector<std::vector<Point>> edges;
};

Layout lay_out(const Graph& graph, const LayoutOptions& options = {});

}  // namespace meshtrace::cli
