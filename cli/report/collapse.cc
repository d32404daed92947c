#include "cli/report/collapse.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace meshtrace::cli {
namespace {

constexpr std::string_view kMore = "more:";  // node of everything that is not drawn otherwise

// The id under which a node is drawn; its own, or that of the node that it becomes a part of.
using Grouping = std::function<std::string(const GraphNode&)>;

// Ends of the edges that have findings, which are no more healthy than what has findings itself.
std::set<std::string> unhealthy_nodes(const Graph& graph) {
  std::set<std::string> ids;
  for (const GraphNode& node : graph.nodes) {
    if (!node.findings.empty()) ids.insert(node.id);
  }
  for (const GraphEdge& edge : graph.edges) {
    if (edge.findings.empty()) continue;
    ids.insert(edge.from);
    ids.insert(edge.to);
  }
  return ids;
}

std::string group_of(const GraphNode& node) { return node.ns.empty() ? node.id : "namespace:" + node.ns; }

void join(std::vector<std::size_t>& into, const std::vector<std::size_t>& from) {
  std::vector<std::size_t> both;
  std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(both));
  into = std::move(both);
}

GraphNode node_of_group(const std::string& id, const GraphNode& member) {
  if (id == kMore) return {.id = id, .title = "everything else", .ns = "", .kind = "", .mesh = "", .members = 0};
  return {.id = id, .title = member.ns, .ns = member.ns, .kind = "namespace", .mesh = "", .members = 0};
}

Graph grouped(const Graph& graph, const Grouping& grouping) {
  Graph result{.nodes = {}, .edges = {}, .hidden_nodes = graph.hidden_nodes, .hidden_edges = graph.hidden_edges};
  std::map<std::string, std::string> drawn_as;
  std::map<std::string, std::size_t> node_at;
  for (const GraphNode& node : graph.nodes) {
    const std::string id = grouping(node);
    drawn_as[node.id] = id;
    const auto [at, is_new] = node_at.try_emplace(id, result.nodes.size());
    if (is_new) result.nodes.push_back(id == node.id ? node : node_of_group(id, node));
    if (id == node.id) continue;
    join(result.nodes[at->second].findings, node.findings);
    result.nodes[at->second].members += node.members;
  }
  std::map<std::pair<std::string, std::string>, std::size_t> edge_at;
  for (const GraphEdge& edge : graph.edges) {
    const std::string& from = drawn_as[edge.from];
    const std::string& to = drawn_as[edge.to];
    if (from == to) {
      join(result.nodes[node_at[from]].findings, edge.findings);
      continue;
    }
    const auto [at, is_new] = edge_at.try_emplace({from, to}, result.edges.size());
    if (is_new) result.edges.push_back({.from = from, .to = to, .label = edge.label});
    GraphEdge& drawn = result.edges[at->second];
    join(drawn.findings, edge.findings);
    if (drawn.label != edge.label) drawn.label.clear();
  }
  return result;
}

Grouping healthy_namespaces(const Graph& graph) {
  const std::set<std::string> unhealthy = unhealthy_nodes(graph);
  std::set<std::string> kept;
  for (const GraphNode& node : graph.nodes) {
    if (unhealthy.contains(node.id)) kept.insert(node.ns);
  }
  return [kept](const GraphNode& node) { return kept.contains(node.ns) ? node.id : group_of(node); };
}

Grouping healthy_places(const Graph& graph) {
  return [unhealthy = unhealthy_nodes(graph)](const GraphNode& node) {
    return unhealthy.contains(node.id) ? node.id : group_of(node);
  };
}

// How much each node matters: findings on a way to or from it, which is how a trace is lost, before its own.
std::map<std::string, std::pair<int, int>> weights(const Graph& graph, const std::vector<audit::Finding>& findings) {
  const auto weight = [&](const std::vector<std::size_t>& places) {
    const auto worst = worst_of(places, findings);
    return worst ? 1 + static_cast<int>(*worst) : 0;
  };
  std::map<std::string, std::pair<int, int>> weights;
  for (const GraphNode& node : graph.nodes) weights[node.id].second = weight(node.findings);
  for (const GraphEdge& edge : graph.edges) {
    for (const std::string& id : {edge.from, edge.to}) {
      weights[id].first = std::max(weights[id].first, weight(edge.findings));
    }
  }
  return weights;
}

// Entries and the nodes that matter most stay; the rest is one.
Grouping worst_nodes(const Graph& graph, const std::vector<audit::Finding>& findings, std::size_t count) {
  const auto weight = weights(graph, findings);
  std::vector<const GraphNode*> nodes;
  for (const GraphNode& node : graph.nodes) nodes.push_back(&node);
  std::stable_sort(nodes.begin(), nodes.end(), [&](const GraphNode* a, const GraphNode* b) {
    return std::pair(a->is_entry, weight.at(a->id)) > std::pair(b->is_entry, weight.at(b->id));
  });
  std::set<std::string> kept;
  for (std::size_t i = 0; i + 1 < count && i < nodes.size(); ++i) kept.insert(nodes[i]->id);
  return [kept](const GraphNode& node) { return kept.contains(node.id) ? node.id : std::string(kMore); };
}

void limit_edges(Graph& graph, std::size_t count) {
  if (graph.edges.size() <= count) return;
  std::stable_partition(graph.edges.begin(), graph.edges.end(), [](const GraphEdge& e) { return !e.findings.empty(); });
  graph.hidden_edges += graph.edges.size() - count;
  graph.edges.resize(count);
}

}  // namespace

Graph collapse(Graph graph, const std::vector<audit::Finding>& findings, const DrawingLimits& limits) {
  if (graph.nodes.size() > limits.nodes) graph = grouped(graph, healthy_namespaces(graph));
  if (graph.nodes.size() > limits.nodes) graph = grouped(graph, healthy_places(graph));
  if (graph.nodes.size() > limits.nodes) graph = grouped(graph, group_of);
  if (graph.nodes.size() > limits.nodes) graph = grouped(graph, worst_nodes(graph, findings, limits.nodes));
  limit_edges(graph, limits.edges);
  return graph;
}

}  // namespace meshtrace::cli
