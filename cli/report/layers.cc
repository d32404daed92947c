#include "cli/report/layers.h"

#include <algorithm>
#include <limits>

namespace meshtrace::cli {
namespace {

// Walks the graph in depth; edges to a node that is still being walked lead back.
class Walk {
 public:
  Walk(std::size_t nodes, const std::vector<NodePair>& edges) : out_(nodes), state_(nodes), is_reversed_(edges.size()) {
    for (std::size_t edge = 0; edge < edges.size(); ++edge) out_[edges[edge].first].push_back(edge);
    for (const NodePair& edge : edges) targets_.push_back(edge.second);
  }

  // Without recursion: a chain of services may be long.
  void from(std::size_t start) {
    if (state_[start] != State::kNew) return;
    state_[start] = State::kOpen;
    std::vector<std::pair<std::size_t, std::size_t>> stack{{start, 0}};  // node, its next edge
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next == out_[node].size()) {
        state_[node] = State::kDone;
        finished_.push_back(node);
        stack.pop_back();
        continue;
      }
      const std::size_t edge = out_[node][next++];
      const std::size_t target = targets_[edge];
      if (state_[target] == State::kOpen) is_reversed_[edge] = true;
      if (state_[target] != State::kNew) continue;
      state_[target] = State::kOpen;
      stack.emplace_back(target, 0);
    }
  }

  // Each node after all that lead to it.
  [[nodiscard]] std::vector<std::size_t> order() const { return {finished_.rbegin(), finished_.rend()}; }
  [[nodiscard]] const std::vector<bool>& is_reversed() const { return is_reversed_; }

 private:
  enum class State { kNew, kOpen, kDone };
  std::vector<std::vector<std::size_t>> out_;
  std::vector<std::size_t> targets_;
  std::vector<State> state_;
  std::vector<std::size_t> finished_;
  std::vector<bool> is_reversed_;
};

// Longest ways: a node stands right of everything that leads to it. One that nothing leads to stands next to what it
// calls.
std::vector<std::size_t> layers_of(const std::vector<std::size_t>& order, const std::vector<NodePair>& forward,
                                   const std::vector<bool>& entries) {
  const bool has_entry = std::find(entries.begin(), entries.end(), true) != entries.end();
  std::vector<std::vector<std::size_t>> successors(entries.size());
  std::vector<bool> has_predecessor(entries.size());
  for (const auto& [from, to] : forward) {
    successors[from].push_back(to);
    has_predecessor[to] = true;
  }
  std::vector<std::size_t> layer(entries.size());
  for (std::size_t node = 0; node < layer.size(); ++node) layer[node] = has_entry && !entries[node] ? 1 : 0;
  for (const std::size_t node : order) {
    for (const std::size_t next : successors[node]) layer[next] = std::max(layer[next], layer[node] + 1);
  }
  for (std::size_t node = 0; node < layer.size(); ++node) {
    if (has_predecessor[node] || entries[node] || successors[node].empty()) continue;
    std::size_t nearest = std::numeric_limits<std::size_t>::max();
    for (const std::size_t next : successors[node]) nearest = std::min(nearest, layer[next]);
    layer[node] = nearest - 1;
  }
  return layer;
}

}  // namespace

Layered cut_into_layers(std::size_t nodes, const std::vector<NodePair>& edges, const std::vector<bool>& entries) {
  Walk walk(nodes, edges);
  for (std::size_t node = 0; node < nodes; ++node) {
    if (entries[node]) walk.from(node);
  }
  for (std::size_t node = 0; node < nodes; ++node) walk.from(node);

  Layered layered{.items = {}, .layers = {}, .chains = {}, .is_reversed = walk.is_reversed()};
  std::vector<NodePair> forward = edges;
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    if (layered.is_reversed[edge]) std::swap(forward[edge].first, forward[edge].second);
  }
  for (const std::size_t layer : layers_of(walk.order(), forward, entries)) layered.items.push_back({.layer = layer});

  for (const auto& [from, to] : forward) {
    std::vector<std::size_t> chain{from};
    for (std::size_t layer = layered.items[from].layer + 1; layer < layered.items[to].layer; ++layer) {
      chain.push_back(layered.items.size());
      layered.items.push_back({.layer = layer, .is_bend = true});
    }
    chain.push_back(to);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      layered.items[chain[i]].right.push_back(chain[i + 1]);
      layered.items[chain[i + 1]].left.push_back(chain[i]);
    }
    layered.chains.push_back(std::move(chain));
  }
  for (std::size_t item = 0; item < layered.items.size(); ++item) {
    const std::size_t layer = layered.items[item].layer;
    if (layered.layers.size() <= layer) layered.layers.resize(layer + 1);
    layered.layers[layer].push_back(item);
  }
  return layered;
}

}  // namespace meshtrace::cli
