// The mesh as the report draws it: places that requests pass and ways between them, each with the findings about it.
// Values alone: nothing here knows of the path model's pointers, or of pixels (layout.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/audit.h"
#include "core/audit/paths.h"

namespace meshtrace::cli {

struct GraphNode {
  std::string id;
  std::string title;
  std::string ns;    // empty: outside of the cluster
  std::string kind;  // "gateway", "workload": what it is, in a word or two
  std::string mesh;  // "sidecar", "ambient", "no mesh"; empty where that is no question
  bool is_entry = false;
  std::vector<std::size_t> findings = {};  // places in Audited::findings, ascending
  std::size_t members = 1;                 // more than one: places drawn as one (collapse.h)
};

struct GraphEdge {
  std::string from;
  std::string to;
  std::string label = {};  // "HTTP 8080, gRPC 9090"; empty where it is not known
  std::vector<std::size_t> findings = {};
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;  // of each two ends at most one
  std::size_t hidden_nodes = 0;  // left out: no way leads to or from them, and nothing is wrong with them
  std::size_t hidden_edges = 0;  // left out: over what can be drawn
};

// A finding stands at the nodes that its object is and at the edge that its hop names; without either, at the edges
// that its object makes (a route, a Service).
Graph graph_of(const audit::Paths& paths, const std::vector<audit::Finding>& findings);

// The worst of the findings at the places; nothing where there are none.
std::optional<audit::Severity> worst_of(const std::vector<std::size_t>& places,
                                        const std::vector<audit::Finding>& findings);

// "istio-system/ingress → shop/checkout": the edge by what people call its ends.
std::string title_of(const Graph& graph, const GraphEdge& edge);

}  // namespace meshtrace::cli
