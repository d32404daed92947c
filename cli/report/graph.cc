#include "cli/report/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace meshtrace::cli {
namespace {

using audit::PathEdge;
using audit::PathNode;

constexpr std::size_t kMaxLabels = 3;  // of ways between the same two places; the rest is dots

// Without its namespace, which stands beside it.
std::string title_in_namespace(const PathNode& node) {
  const bool is_qualified = !node.ns.empty() && node.title.starts_with(node.ns + "/");
  return is_qualified ? node.title.substr(node.ns.size() + 1) : node.title;
}

std::string kind_of(const PathNode& node) {
  switch (node.kind) {
    case PathNode::Kind::kEntry:
      return "entry";
    case PathNode::Kind::kIngressController:
      return "ingress controller";
    case PathNode::Kind::kGateway:
      return "gateway";
    case PathNode::Kind::kWorkload:
      return node.object != nullptr ? node.object->ref.kind : "workload";
    case PathNode::Kind::kService:
      return "Service";
    case PathNode::Kind::kExternal:
      return "external";
    case PathNode::Kind::kBroker:
      return "broker";
  }
  return "";
}

std::string mesh_of(const PathNode& node) {
  switch (node.mesh) {
    case audit::MeshMode::kSidecar:
      return "sidecar";
    case audit::MeshMode::kAmbient:
      return "ambient";
    case audit::MeshMode::kLinkerd:
      return "Linkerd";
    case audit::MeshMode::kNone:
      break;
  }
  return node.kind == PathNode::Kind::kWorkload ? "no mesh" : "";
}

std::string_view name_of(audit::Protocol protocol) {
  switch (protocol) {
    case audit::Protocol::kHttp:
      return "HTTP";
    case audit::Protocol::kHttp2:
      return "HTTP/2";
    case audit::Protocol::kGrpc:
      return "gRPC";
    case audit::Protocol::kTcp:
      return "TCP";
    case audit::Protocol::kTls:
      return "TLS";
    case audit::Protocol::kUdp:
      return "UDP";
    case audit::Protocol::kUnknown:
      break;
  }
  return "";
}

std::string label_of(const PathEdge& edge) {
  const std::string_view protocol = name_of(edge.protocol);
  if (edge.port == 0) return std::string(protocol);
  return fmt::format("{}{}{}", protocol, protocol.empty() ? "port " : " ", edge.port);
}

// What the drawing is made of, with the ways by which a finding's place is found.
class Drawing {
 public:
  explicit Drawing(const audit::Paths& paths) {
    for (const PathNode& node : paths.nodes()) add(node);
    for (const PathEdge& edge : paths.edges()) add(edge);
  }

  void mark(std::size_t place, const audit::Finding& finding) {
    const std::vector<std::size_t>& nodes = stands_for_[finding.object];
    for (const std::size_t node : nodes) note(graph_.nodes[node].findings, place);
    if (finding.hop && mark_hop(*finding.hop, place)) return;
    if (!nodes.empty()) return;  // a workload makes the ways to what it calls, and most is wrong in itself
    for (const std::size_t edge : made_by_[finding.object]) note(graph_.edges[edge].findings, place);
  }

  // Without the nodes that say nothing.
  Graph take() && {
    std::set<std::string> ends;
    for (const GraphEdge& edge : graph_.edges) {
      ends.insert(edge.from);
      ends.insert(edge.to);
    }
    graph_.hidden_nodes = std::erase_if(
        graph_.nodes, [&](const GraphNode& node) { return node.findings.empty() && !ends.contains(node.id); });
    return std::move(graph_);
  }

 private:
  void add(const PathNode& node) {
    node_at_.emplace(node.id, graph_.nodes.size());
    if (node.object != nullptr) stands_for_[node.object->ref].push_back(graph_.nodes.size());
    if (node.workload != nullptr && node.workload->object != nullptr && node.workload->object != node.object) {
      stands_for_[node.workload->object->ref].push_back(graph_.nodes.size());
    }
    graph_.nodes.push_back({.id = node.id,
                            .title = title_in_namespace(node),
                            .ns = node.ns,
                            .kind = kind_of(node),
                            .mesh = mesh_of(node),
                            .is_entry = node.kind == PathNode::Kind::kEntry});
  }

  void add(const PathEdge& way) {
    if (way.from == way.to || !node_at_.contains(way.from) || !node_at_.contains(way.to)) return;
    const std::size_t at = edge_between(way.from, way.to);
    if (labels_.size() < graph_.edges.size()) labels_.resize(graph_.edges.size());
    const std::string label = label_of(way);
    if (!label.empty() && labels_[at].insert(label).second && labels_[at].size() <= kMaxLabels + 1) {
      std::string& text = graph_.edges[at].label;
      text += (text.empty() ? "" : ", ") + (labels_[at].size() > kMaxLabels ? "…" : label);
    }
    std::vector<const audit::Object*> makers{way.by, way.service};
    for (const audit::HeaderChange& change : way.changes) makers.push_back(change.by);
    for (const audit::Object* object : makers) {
      if (object != nullptr) made_by_[object->ref].insert(at);
    }
  }

  std::size_t edge_between(const std::string& from, const std::string& to) {
    const auto [known, is_new] = edge_at_.try_emplace({from, to}, graph_.edges.size());
    if (is_new) graph_.edges.push_back({.from = from, .to = to});
    return known->second;
  }

  // Also a hop that no edge draws yet: that a trace is lost there must be seen.
  bool mark_hop(const audit::Hop& hop, std::size_t place) {
    const auto from = node_at_.find(hop.from);
    const auto to = node_at_.find(hop.to);
    if (from != node_at_.end() && to != node_at_.end() && from != to) {
      note(graph_.edges[edge_between(hop.from, hop.to)].findings, place);
      return true;
    }
    const auto one = to != node_at_.end() ? to : from;
    if (one == node_at_.end()) return false;
    note(graph_.nodes[one->second].findings, place);
    return true;
  }

  // Findings come in ascending order, so that the same one is the last.
  static void note(std::vector<std::size_t>& places, std::size_t place) {
    if (places.empty() || places.back() != place) places.push_back(place);
  }

  Graph graph_;
  std::vector<std::set<std::string>> labels_;
  std::map<std::string, std::size_t, std::less<>> node_at_;
  std::map<std::pair<std::string, std::string>, std::size_t> edge_at_;
  std::map<audit::ObjectRef, std::vector<std::size_t>> stands_for_;
  std::map<audit::ObjectRef, std::set<std::size_t>> made_by_;
};

}  // namespace

Graph graph_of(const audit::Paths& paths, const std::vector<audit::Finding>& findings) {
  Drawing drawing(paths);
  for (std::size_t place = 0; place < findings.size(); ++place) drawing.mark(place, findings[place]);
  return std::move(drawing).take();
}

std::optional<audit::Severity> worst_of(const std::vector<std::size_t>& places,
                                        const std::vector<audit::Finding>& findings) {
  std::optional<audit::Severity> worst;
  for (const std::size_t place : places) {
    if (place < findings.size() && (!worst || findings[place].severity > *worst)) worst = findings[place].severity;
  }
  return worst;
}

std::string title_of(const Graph& graph, const GraphEdge& edge) {
  const auto title = [&](const std::string& id) {
    const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const auto& it) { return it.id == id; });
    if (node == graph.nodes.end()) return id;
    return node->ns.empty() || node->title == node->ns ? node->title : node->ns + "/" + node->title;
  };
  return title(edge.from) + " → " + title(edge.to);
}

}  // namespace meshtrace::cli
