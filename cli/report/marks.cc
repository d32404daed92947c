#include "cli/report/marks.h"

#include <algorithm>
#include <cstdlib>

namespace meshtrace::cli {
namespace {

constexpr double kPlaces[] = {0.5, 0.7, 0.3, 0.8};  // on a piece of an edge, the best first
constexpr int kSteep = 3;  // times as high as wide: many such edges lie on one another but for their ends
constexpr double kNearEnd = 0.95;
constexpr int kFromNode = 8;   // pixels
constexpr int kAboveEdge = 1;  // pixels: an edge must be seen even where it is short

// A cubic curve between two layers, level at both ends, as svg.cc draws it.
Point on_curve(const Point& from, const Point& to, double t) {
  const double middle = (from.x + to.x) / 2.0;
  const double u = 1 - t;
  const double x = u * u * u * from.x + 3 * u * t * (u + t) * middle + t * t * t * to.x;
  const double y = (u * u * u + 3 * u * u * t) * from.y + (3 * u * t * t + t * t * t) * to.y;
  return {static_cast<int>(x), static_cast<int>(y)};
}

std::vector<Point> candidates(const Point& from, const Point& to) {
  if (std::abs(to.y - from.y) > kSteep * std::abs(to.x - from.x)) {
    const int beside = kMarkWidth / 2 + kFromNode;
    return {{to.x > from.x ? to.x - beside : to.x + beside, on_curve(from, to, kNearEnd).y}};
  }
  std::vector<Point> places;
  for (const double t : kPlaces) places.push_back(on_curve(from, to, t));
  return places;
}

}  // namespace

bool MarkPlaces::is_free(const Point& middle) const {
  return std::none_of(middles_.begin(), middles_.end(), [&](const Point& other) {
    return std::abs(other.x - middle.x) < kMarkWidth && std::abs(other.y - middle.y) < kMarkHeight;
  });
}

Point MarkPlaces::next(const std::vector<Point>& edge) {
  std::vector<Point> places;
  for (std::size_t piece = 0; piece + 1 < edge.size(); piece += 2) {
    for (const Point& place : candidates(edge[piece], edge[piece + 1])) places.push_back(place);
  }
  const auto found = std::find_if(places.begin(), places.end(), [&](const Point& place) { return is_free(place); });
  const Point middle = found == places.end() ? places.front() : *found;
  middles_.push_back(middle);
  return {middle.x - kMarkWidth / 2, middle.y - kMarkHeight - kAboveEdge};
}

}  // namespace meshtrace::cli
