#include "cli/report/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>

#include "cli/report/layers.h"

namespace meshtrace::cli {
namespace {

constexpr int kPasses = 24;  // in which nodes move towards their neighbours; by then they hardly move

class Placing {
 public:
  Placing(const Layered& layered, const LayoutOptions& options)
      : layered_(layered), options_(options), middle_(layered.items.size()) {
    for (const auto& layer : layered.layers) place(layer, [](std::size_t) { return 0.0; });
    for (int pass = 0; pass < kPasses; ++pass) pull(pass % 2 == 0);
  }

  [[nodiscard]] int height_of(std::size_t item) const {
    return layered_.items[item].is_bend ? options_.edge_height : options_.node_height;
  }

  [[nodiscard]] const std::vector<double>& middles() const { return middle_; }

 private:
  void pull(bool to_the_right) {
    const std::size_t count = layered_.layers.size();
    for (std::size_t i = 0; i < count; ++i) {
      place(layered_.layers[to_the_right ? i : count - 1 - i],
            [&](std::size_t item) { return wanted(item, to_the_right); });
    }
  }

  // The mean of its neighbours on one side; without any there, of those on the other, else where it is.
  [[nodiscard]] double wanted(std::size_t item, bool from_left) const {
    const LayeredItem& it = layered_.items[item];
    const auto& first = from_left ? it.left : it.right;
    const auto& neighbours = first.empty() ? (from_left ? it.right : it.left) : first;
    if (neighbours.empty()) return middle_[item];
    double sum = 0;
    for (const std::size_t other : neighbours) sum += middle_[other];
    return sum / static_cast<double>(neighbours.size());
  }

  // In their order and with their distances, as near as can be to what each wants (least squares): where two would
  // overlap they move as one block from then on, which is isotonic regression by pooling adjacent violators.
  template <typename Wanted>
  void place(const std::vector<std::size_t>& layer, Wanted wanted_of) {
    struct Block {
      double sum = 0;
      double count = 0;
      [[nodiscard]] double mean() const { return sum / count; }
    };
    std::vector<double> offset(layer.size());
    for (std::size_t i = 1; i < layer.size(); ++i) {
      offset[i] = offset[i - 1] + (height_of(layer[i - 1]) + height_of(layer[i])) / 2.0 + options_.row_gap;
    }
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      blocks.push_back({.sum = wanted_of(layer[i]) - offset[i], .count = 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().count += last.count;
      }
    }
    std::size_t i = 0;
    for (const Block& block : blocks) {
      for (int n = 0; n < static_cast<int>(block.count); ++n, ++i) middle_[layer[i]] = block.mean() + offset[i];
    }
  }

  const Layered& layered_;
  const LayoutOptions& options_;
  std::vector<double> middle_;  // height of each item's middle
};

Layered layered_of(const Graph& graph) {
  std::map<std::string_view, std::size_t> at;
  std::vector<bool> entries;
  for (const GraphNode& node : graph.nodes) {
    at.emplace(node.id, entries.size());
    entries.push_back(node.is_entry);
  }
  std::vector<NodePair> edges;
  for (const GraphEdge& edge : graph.edges) edges.emplace_back(at.at(edge.from), at.at(edge.to));
  Layered layered = cut_into_layers(graph.nodes.size(), edges, entries);
  reduce_crossings(layered);
  return layered;
}

}  // namespace

Layout lay_out(const Graph& graph, const LayoutOptions& options) {
  if (graph.nodes.empty()) return {};
  const Layered layered = layered_of(graph);
  const Placing placing(layered, options);

  double top = std::numeric_limits<double>::max();
  double bottom = std::numeric_limits<double>::lowest();
  for (std::size_t item = 0; item < layered.items.size(); ++item) {
    top = std::min(top, placing.middles()[item] - placing.height_of(item) / 2.0);
    bottom = std::max(bottom, placing.middles()[item] + placing.height_of(item) / 2.0);
  }
  const int column = options.node_width + options.column_gap;
  const auto x_of = [&](std::size_t item) {
    return options.margin + static_cast<int>(layered.items[item].layer) * column;
  };
  const auto y_of = [&](std::size_t item) {
    return options.margin + static_cast<int>(std::lround(placing.middles()[item] - top));
  };

  Layout layout{.width = static_cast<int>(layered.layers.size()) * column - options.column_gap + 2 * options.margin,
                .height = static_cast<int>(std::lround(bottom - top)) + 2 * options.margin,
                .nodes = {},
                .edges = {}};
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    layout.nodes.push_back({x_of(node), y_of(node) - options.node_height / 2});
  }
  for (std::size_t edge = 0; edge < graph.edges.size(); ++edge) {
    std::vector<Point> points;
    const auto& chain = layered.chains[edge];
    for (std::size_t i = 0; i < chain.size(); ++i) {
      if (i > 0) points.push_back({x_of(chain[i]), y_of(chain[i])});
      if (i + 1 < chain.size()) points.push_back({x_of(chain[i]) + options.node_width, y_of(chain[i])});
    }
    if (layered.is_reversed[edge]) std::reverse(points.begin(), points.end());
    layout.edges.push_back(std::move(points));
  }
  return layout;
}

}  // namespace meshtrace::cli
