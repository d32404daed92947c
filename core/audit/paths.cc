#include "core/audit/paths.h"

#include <algorithm>
#include <set>

#include "core/audit/path_builder.h"
#include "core/audit/path_limits.h"
#include "core/audit/path_routes.h"

namespace meshtrace::audit {
namespace {

using Way = std::vector<std::string>;

constexpr std::size_t kMaxSteps =
    20'000;  // of a search for ways; a mesh in which all call all has more than anybody reads

// Walks from the node back to the entry, depth first.
class WayFinder {
 public:
  explicit WayFinder(const Paths& paths) : paths_(paths) {}

  std::vector<Way> find(std::string_view id) {
    visit(std::string(id));
    return std::move(ways_);
  }

 private:
  void visit(const std::string& id) {
    if (++steps_ > kMaxSteps || ways_.size() >= Paths::kMaxWays || way_.size() >= Paths::kMaxHops) return;
    if (!on_way_.insert(id).second) return;
    way_.push_back(id);
    if (id == kOutside) {
      ways_.emplace_back(way_.rbegin(), way_.rend());
    } else {
      std::string last;
      for (const PathEdge* edge : paths_.into(id)) {
        if (edge->from != last) visit(edge->from);
        last = edge->from;
      }
    }
    way_.pop_back();
    on_way_.erase(id);
  }

  const Paths& paths_;
  Way way_;
  std::set<std::string> on_way_;
  std::vector<Way> ways_;
  std::size_t steps_ = 0;
};

}  // namespace

Paths::Paths(const Snapshot& snapshot, const MeshModel& mesh, const Workloads& workloads) : snapshot_(snapshot) {
  PathBuilder builder(snapshot, mesh, workloads);
  add_istio_gateways(builder);
  add_kubernetes_gateways(builder);
  add_ingresses(builder);
  add_istio_routes(builder);
  add_kubernetes_routes(builder);
  add_open_services(builder);
  add_calls(builder);
  nodes_ = builder.nodes();
  edges_ = builder.edges();
  complete_ = builder.complete();
  http_rules_ = http_rules(snapshot);
  for (std::size_t at = 0; at < edges_.size(); ++at) {
    edges_by_end_.push_back(at);
    std::set<const Object*> makers{edges_[at].by};
    for (const HeaderChange& change : edges_[at].changes) makers.insert(change.by);
    for (const Object* maker : makers) made_by_[maker].push_back(at);
    if (edges_[at].service != nullptr) over_[edges_[at].service].push_back(at);
  }
  std::stable_sort(edges_by_end_.begin(), edges_by_end_.end(),
                   [this](std::size_t one, std::size_t other) { return edges_[one].to < edges_[other].to; });
  find_all_limits();
}

void Paths::find_all_limits() {
  const std::vector<const Object*> limiting = find_limiting(snapshot_);
  if (limiting.empty()) return;
  for (const PathNode& node : nodes_) {
    auto& of_node = limits_.emplace_back();
    for (const PatchContext context : {PatchContext::kGateway, PatchContext::kInbound, PatchContext::kOutbound}) {
      of_node.at(static_cast<std::size_t>(context)) = find_limits(snapshot_, limiting, node, context);
    }
  }
}

const PathNode* Paths::find(std::string_view id) const {
  const auto found = std::lower_bound(nodes_.begin(), nodes_.end(), id,
                                      [](const PathNode& node, std::string_view wanted) { return node.id < wanted; });
  return found != nodes_.end() && found->id == id ? &*found : nullptr;
}

std::vector<const PathEdge*> Paths::into(std::string_view id) const {
  std::vector<const PathEdge*> edges;
  auto at = std::lower_bound(edges_by_end_.begin(), edges_by_end_.end(), id,
                             [this](std::size_t edge, std::string_view wanted) { return edges_[edge].to < wanted; });
  for (; at != edges_by_end_.end() && edges_[*at].to == id; ++at) edges.push_back(&edges_[*at]);
  return edges;
}

std::vector<const PathEdge*> Paths::out_of(std::string_view id) const {
  std::vector<const PathEdge*> edges;
  auto at = std::lower_bound(edges_.begin(), edges_.end(), id,
                             [](const PathEdge& edge, std::string_view wanted) { return edge.from < wanted; });
  for (; at != edges_.end() && at->from == id; ++at) edges.push_back(&*at);
  return edges;
}

std::vector<const PathEdge*> Paths::at(const Index& index, const Object& object) const {
  std::vector<const PathEdge*> edges;
  if (const auto found = index.find(&object); found != index.end()) {
    for (const std::size_t number : found->second) edges.push_back(&edges_[number]);
  }
  return edges;
}

std::vector<const PathEdge*> Paths::made_by(const Object& object) const { return at(made_by_, object); }

std::vector<const PathEdge*> Paths::over(const Object& service) const { return at(over_, service); }

const Object* Paths::http_rules_for(const Object& service) const {
  const auto found = http_rules_.find(&service);
  return found == http_rules_.end() ? nullptr : found->second;
}

std::vector<Way> Paths::ways_to(std::string_view id) const { return WayFinder(*this).find(id); }

HeaderLimits Paths::limits_of(const PathNode& node) const {
  return limits_of(node, node.kind == PathNode::Kind::kGateway ? PatchContext::kGateway : PatchContext::kInbound);
}

HeaderLimits Paths::limits_of(const PathNode& node, PatchContext context) const {
  const PathNode* known = find(node.id);
  if (limits_.empty() || known == nullptr) return {};
  return limits_[static_cast<std::size_t>(known - nodes_.data())].at(static_cast<std::size_t>(context));
}

std::string name_of_hop(const Paths& paths, const Hop& hop) {
  const auto title = [&](const std::string& id) {
    const PathNode* node = paths.find(id);
    return node == nullptr ? id : node->title;
  };
  return title(hop.from) + " → " + title(hop.to);
}

}  // namespace meshtrace::audit
