#include <algorithm>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/header_limit_findings.h"
#include "core/audit/envoy_filters.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

bool keeps_request_ids(const Snapshot& snapshot, const Proxy& proxy) {
  for (const Object* filter : filters_of(snapshot, proxy)) {
    for (const FilterPatch& patch : patches_of(*filter)) {
      if (!merges_connection_manager(patch) || !holds_in(patch, PatchContext::kGateway)) continue;
      const json* keeps = proto_member(object_member(*patch.value, {"typed_config"}), "preserve_external_request_id");
      if (keeps != nullptr && *keeps == true) return true;
    }
  }
  return false;
}

// Several Gateways may be served by one proxy: the first of them speaks for all.
bool is_first_of_its_proxy(const Model& model, const PathNode& node, const Proxy& proxy) {
  const auto nodes = model.paths.nodes();
  const auto first = std::find_if(nodes.begin(), nodes.end(), [&](const PathNode& other) {
    if (other.kind != PathNode::Kind::kGateway || other.object == nullptr || other.object->kind != node.object->kind) {
      return false;
    }
    const Proxy of_other = proxy_of(model.snapshot, other);
    return of_other.labels == proxy.labels && (node.workload == nullptr || of_other.ns == proxy.ns);
  });
  return first != nodes.end() && first->id == node.id;
}

json filter_for(const Proxy& proxy, const Object& gateway) {
  json filter = connection_manager_filter("keep-request-id-" + gateway.ref.name, proxy.ns,
                                          {{"preserve_external_request_id", true}});
  if (gateway.kind == Kind::kKubernetesGateway) {
    filter["spec"]["targetRefs"] =
        json::array({{{"group", "gateway.networking.k8s.io"}, {"kind", "Gateway"}, {"name", gateway.ref.name}}});
  } else {
    filter["spec"]["workloadSelector"] = {{"labels", object_member(gateway.spec(), {"selector"})}};
  }
  return filter;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  // Without the EnvoyFilters nobody knows that none keeps it.
  if (!model.snapshot.knows(Kind::kEnvoyFilter)) return;
  const PathNode* node = model.paths.find("gateway:" + subject.ref.ns + "/" + subject.ref.name);
  if (node == nullptr || node->kind != PathNode::Kind::kGateway) return;
  const auto edges = model.paths.into(node->id);
  const bool is_from_outside =
      std::any_of(edges.begin(), edges.end(), [](const PathEdge* edge) { return edge->from == kOutside; });
  const Proxy proxy = proxy_of(model.snapshot, *node);
  if (!is_from_outside || keeps_request_ids(model.snapshot, proxy) || !is_first_of_its_proxy(model, *node, proxy))
    return;
  findings.add(subject,
               "The gateway replaces the x-request-id of requests from outside by one of its own: logs of what is in "
               "front of it and behind it do not share an id. Traces are not touched.",
               {.fix = apply_command(filter_for(proxy, subject)), .hop = Hop{kOutside, node->id}});
}

}  // namespace

const Check kRequestId{
    .code = "MT0105",
    .severity = Severity::kInfo,
    .title = "gateway replaces x-request-id",
    .effect = "Log lines before and behind the gateway cannot be joined by x-request-id; traces stay whole.",
    .page =
        R"(Envoy gives every request that comes to an edge proxy a new `x-request-id`, also where the caller sent one, unless
`preserve_external_request_id` is set. That is right where callers are strangers. Where a CDN, a load balancer or a
partner in front sets the id, keep it: by TracingPolicy (`proxy.headers.preserveExternalRequestId: true`) or by the
EnvoyFilter that the fix applies.

It is told once for each gateway proxy, and only where the EnvoyFilters are known.

Sources: Envoy, HttpConnectionManager `preserve_external_request_id`, and "HTTP header manipulation", x-request-id.)",
    .subjects = {Kind::kGateway, Kind::kKubernetesGateway},
    .reads = kPathKinds | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
