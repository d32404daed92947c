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

}  // namespace

std::optional<HeaderDrop> find_drop(const Model& model, const Object& author, const LimitKind& kind) {
  std::optional<HeaderDrop> drop;
  const PathEdge* last = nullptr;
  for (const PathEdge& edge : model.paths.edges()) {
    const bool is_again = last != nullptr && last->from == edge.from && last->to == edge.to;
    last = &edge;
    const PathNode* from = model.paths.find(edge.from);
    const PathNode* to = model.paths.find(edge.to);
    if (is_again || !reads_headers(edge.protocol) || !has_proxy(from) || !has_proxy(to)) continue;
    const HeaderLimits before = leaving(model.paths, *from);
    const HeaderLimits behind = model.paths.limits_of(*to);
    const Object* stated = behind.*kind.from;
    const Object* to_edit = stated != nullptr ? stated : before.*kind.from;
    if (before.*kind.value <= behind.*kind.value || to_edit != &author) continue;
    if (drop) {
      ++drop->hops;
    } else {
      drop = HeaderDrop{.hop = {edge.from, edge.to},
                        .before = before.*kind.value,
                        .behind = behind.*kind.value,
                        .hops = 1,
                        .ns = proxy_of(model.snapshot, *to).ns,
                        .behind_is_stated = stated != nullptr};
    }
  }
  return drop;
}

}  // namespace meshtrace::audit
