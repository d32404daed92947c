// Where the marks of findings stand on the drawing's edges, so that they hide neither one another nor the edge.
#pragma once

#include <vector>

#include "cli/report/layout.h"

namespace meshtrace::cli {

// Pixels: a sign, a code, and how many findings more.
inline constexpr int kMarkWidth = 112;
inline constexpr int kMarkHeight = 24;

class MarkPlaces {
 public:
  // The upper left corner of a mark for the edge (Layout::edges); what was given out before is kept free if it can be.
  Point next(const std::vector<Point>& edge);

 private:
  [[nodiscard]] bool is_free(const Point& middle) const;

  std::vector<Point> middles_;  // of the lower borders of those given out
};

}  // namespace meshtrace::cli
