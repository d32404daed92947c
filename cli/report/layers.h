// A graph cut into layers from left to right, as Sugiyama's method has it: each node's layer, and the points at which
// edges that are longer than one layer cross those between.
// Source: Sugiyama, Tagawa, Toda: "Methods for Visual Understanding of Hierarchical System Structures" (1981).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace meshtrace::cli {

using NodePair = std::pair<std::size_t, std::size_t>;

struct LayeredItem {
  std::size_t layer = 0;
  bool is_bend = false;                 // a point of an edge, not a node
  std::vector<std::size_t> left = {};   // items of the layer before
  std::vector<std::size_t> right = {};  // items of the layer after
};

struct Layered {
  std::vector<LayeredItem> items;                // the nodes in their order, then the bends
  std::vector<std::vector<std::size_t>> layers;  // items, from top to bottom
  // Of each edge its items from left to right, both ends included. One that leads back starts at its target.
  std::vector<std::vector<std::size_t>> chains;
  std::vector<bool> is_reversed;  // of each edge
};

// Edges without one from a node to itself. `entries` are in the leftmost layer, and alone there if there are any.
Layered cut_into_layers(std::size_t nodes, const std::vector<NodePair>& edges, const std::vector<bool>& entries);

// Fewer crossings: each layer is sorted by where its neighbours stand, to and fro, and the best order is kept.
void reduce_crossings(Layered& layered);

}  // namespace meshtrace::cli
