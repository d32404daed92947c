#include <algorithm>
#include <cstdint>

#include "cli/report/layers.h"

namespace meshtrace::cli {
namespace {

constexpr int kSweeps = 12;  // to the right and to the left by turns; later ones hardly find anything
// Pairs of edge pieces that are counted for one order; a graph with more stays in the order of the last sweep.
constexpr std::size_t kMaxPairs = 4'000'000;

class Ordering {
 public:
  explicit Ordering(Layered& layered) : layered_(layered), position_(layered.items.size()) {
    for (std::size_t layer = 0; layer < layered.layers.size(); ++layer) number(layer);
  }

  void sweep(bool to_the_right) {
    const std::size_t count = layered_.layers.size();
    for (std::size_t i = 1; i < count; ++i) sort(to_the_right ? i : count - 1 - i, to_the_right);
  }

  // Two pieces between the same layers cross where one starts above and ends below the other.
  [[nodiscard]] std::size_t crossings() const {
    std::size_t crossings = 0;
    for (const auto& layer : layered_.layers) {
      std::vector<NodePair> pieces;
      for (const std::size_t item : layer) {
        for (const std::size_t next : layered_.items[item].right) pieces.emplace_back(position_[item], position_[next]);
      }
      std::sort(pieces.begin(), pieces.end());
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        for (std::size_t j = i + 1; j < pieces.size(); ++j) {
          if (pieces[i].first < pieces[j].first && pieces[i].second > pieces[j].second) ++crossings;
        }
      }
    }
    return crossings;
  }

 private:
  void number(std::size_t layer) {
    for (std::size_t i = 0; i < layered_.layers[layer].size(); ++i) position_[layered_.layers[layer][i]] = i;
  }

  // By the mean place of the neighbours; what has none keeps its place.
  void sort(std::size_t layer, bool by_left) {
    std::vector<std::pair<double, std::size_t>> wanted;
    for (const std::size_t item : layered_.layers[layer]) {
      const auto& neighbours = by_left ? layered_.items[item].left : layered_.items[item].right;
      double sum = 0;
      for (const std::size_t other : neighbours) sum += static_cast<double>(position_[other]);
      wanted.emplace_back(
          neighbours.empty() ? static_cast<double>(position_[item]) : sum / static_cast<double>(neighbours.size()),
          item);
    }
    std::stable_sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < wanted.size(); ++i) layered_.layers[layer][i] = wanted[i].second;
    number(layer);
  }

  Layered& layered_;
  std::vector<std::size_t> position_;  // of each item in its layer
};

std::size_t pairs_of_pieces(const Layered& layered) {
  std::size_t pairs = 0;
  for (const auto& layer : layered.layers) {
    std::size_t pieces = 0;
    for (const std::size_t item : layer) pieces += layered.items[item].right.size();
    pairs += pieces * pieces;
  }
  return pairs;
}

}  // namespace

void reduce_crossings(Layered& layered) {
  Ordering ordering(layered);
  const bool counts = pairs_of_pieces(layered) <= kMaxPairs;
  auto best = layered.layers;
  std::size_t fewest = counts ? ordering.crossings() : 0;
  for (int i = 0; i < kSweeps && (!counts || fewest > 0); ++i) {
    ordering.sweep(i % 2 == 0);
    const std::size_t crossings = counts ? ordering.crossings() : 0;
    if (counts && crossings >= fewest) continue;
    fewest = crossings;
    best = layered.layers;
  }
  layered.layers = std::move(best);
}

}  // namespace meshtrace::cli
