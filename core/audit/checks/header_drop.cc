#include "core/audit/checks/header_drop.h"

#include "core/audit/envoy_filters.h"

namespace meshtrace::audit {
namespace {

HeaderLimits leaving(const Paths& paths, const PathNode& node) {
  const bool is_gateway = node.kind == PathNode::Kind::kGateway;
  return paths.limits_of(node, is_gateway ? PatchContext::kGateway : PatchContext::kOutbound);
}

// Without a proxy on both sides there is nothing to compare.
bool has_proxy(const PathNode* node) {
  return node != nullptr && (node->kind == PathNode::Kind::kGateway || node->mesh == MeshMode::kSidecar);
}

// A workload's id begins with its namespace; the proxies of other nodes may be in any. Told from the text, since meshes
// have many more hops than limits.
bool may_concern(const Model& model, const Object& author, const std::string& id) {
  const bool is_workload = id.find(':') == std::string::npos;
  return author.ref.ns == model.snapshot.root_namespace() || !is_workload || id.starts_with(author.ref.ns + "/");
}

// The node that edges leave, which are sorted by it.
struct From {
  const PathNode* node = nullptr;
  HeaderLimits limits = {};
};

}  // namespace

std::optional<HeaderDrop> find_drop(const Model& model, const Object& author, const LimitKind& kind) {
  std::optional<HeaderDrop> drop;
  From from;
  const PathEdge* last = nullptr;
  for (const PathEdge& edge : model.paths.edges()) {
    const bool is_again = last != nullptr && last->from == edge.from && last->to == edge.to;
    last = &edge;
    const bool ends_there = may_concern(model, author, edge.to);
    if (is_again || !reads_headers(edge.protocol) || !(ends_there || may_concern(model, author, edge.from))) continue;
    if (from.node == nullptr || from.node->id != edge.from) {
      from = {.node = model.paths.find(edge.from)};
      if (has_proxy(from.node)) from.limits = leaving(model.paths, *from.node);
    }
    if (!has_proxy(from.node) || !(ends_there || from.limits.*kind.from == &author)) continue;
    const PathNode* to = model.paths.find(edge.to);
    if (!has_proxy(to)) continue;
    const HeaderLimits behind = model.paths.limits_of(*to);
    const Object* stated = behind.*kind.from;
    const Object* to_edit = stated != nullptr ? stated : from.limits.*kind.from;
    if (from.limits.*kind.value <= behind.*kind.value || to_edit != &author) continue;
    if (drop) {
      ++drop->hops;
    } else {
      drop = HeaderDrop{.hop = {edge.from, edge.to},
                        .before = from.limits.*kind.value,
                        .behind = behind.*kind.value,
                        .hops = 1,
                        .ns = proxy_of(model.snapshot, *to).ns,
                        .behind_is_stated = stated != nullptr};
    }
  }
  return drop;
}

}  // namespace meshtrace::audit
