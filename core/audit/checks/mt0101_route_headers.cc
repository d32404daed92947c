#include <fmt/format.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/trace_headers.h"
#include "core/audit/fix.h"

namespace meshtrace::audit {
namespace {

// One rule's or destination's changes: "spec.http[0].headers.request" of "spec.http[0].headers.request.remove[1]".
std::string block_of(const std::string& field) { return field.substr(0, field.find_last_of('.')); }

struct Hops {
  HopTracer tracer{.writes_w3c = true, .writes_b3 = true};  // of the hop whose proxy writes the least
  std::optional<Hop> first;
};

Hops hops_of(const Model& model, const Object& route, const std::string& block) {
  Hops hops;
  for (const PathEdge* edge : model.paths.made_by(route)) {
    const bool is_there = std::any_of(edge->changes.begin(), edge->changes.end(), [&](const HeaderChange& change) {
      return change.by == &route && block_of(change.field) == block;
    });
    const PathNode* from = is_there ? model.paths.find(edge->from) : nullptr;
    if (from == nullptr) continue;
    const HopTracer tracer = tracer_at(model, *from);
    const bool is_worse =
        (hops.tracer.writes_w3c && !tracer.writes_w3c) || (hops.tracer.writes_b3 && !tracer.writes_b3);
    if (!hops.first || is_worse) hops.first = Hop{edge->from, edge->to};
    hops.tracer.writes_w3c = hops.tracer.writes_w3c && tracer.writes_w3c;
    hops.tracer.writes_b3 = hops.tracer.writes_b3 && tracer.writes_b3;
  }
  // Nobody is known who takes the way: what the namespace's sidecars do.
  if (!hops.first) hops.tracer = tracer_in(model, route.ref.ns);
  return hops;
}

std::string fix_of(const Object& route, std::vector<HeaderChange> changes) {
  // From the end of a list to its beginning, so that no index moves before it is used.
  std::vector<nlohmann::json> operations;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    for (auto& operation : remove_field(route, change->field)) operations.push_back(std::move(operation));
  }
  return patch_command(route, operations);
}

void run(const Model& model, const Object& subject, Findings& findings) {
  std::vector<HeaderChange> changes = header_changes(subject);
  std::erase_if(changes, [](const HeaderChange& change) { return !is_harmful(change); });
  while (!changes.empty()) {
    const std::string block = block_of(changes.front().field);
    const auto end = std::stable_partition(changes.begin(), changes.end(),
                                           [&](const HeaderChange& change) { return block_of(change.field) == block; });
    const std::vector<HeaderChange> together(changes.begin(), end);
    changes.erase(changes.begin(), end);
    const Hops hops = hops_of(model, subject, block);
    const Consequence consequence = consequence_of(model, together, hops.tracer);
    const std::string where = hops.first ? " on the hop " + name_of_hop(model.paths, *hops.first) : "";
    findings.add(subject, fmt::format("The route {}{}. {}.", deeds_of(together), where, consequence.text),
                 {.field = together.front().field,
                  .fix = fix_of(subject, together),
                  .hop = hops.first,
                  .severity = consequence.severity});
  }
}

}  // namespace

const Check kRouteHeaders{
    .code = "MT0101",
    .severity = Severity::kError,
    .title = "route removes or overwrites a trace header",
    .effect = "Traces break in two at this hop, or baggage and request ids end there.",
    .page =
        R"(A VirtualService (`headers.request` of a rule, of a destination or in a delegate), an HTTPRoute or a GRPCRoute
(`RequestHeaderModifier` of a rule or a backendRef) removes or sets `traceparent`, `tracestate`, `baggage`, `b3`,
`x-b3-*` or `x-request-id`. Names compare without regard to case. Headers of responses do no harm and are not looked at,
nor is what is added to the lists `tracestate` and `baggage`.

How bad it is depends on the proxy that takes the route (the gateway's, or for calls in the mesh the caller's). One that
traces in the header's format writes it again after the route, with the same trace id: info. One that does not lets it
vanish: error. Nobody writes `baggage` again: warning. B3 is info where nothing is known to read it.

The fix takes out the entries and leaves the rest of the route alone. To hide internal headers from the outside, remove
them on the way out (an egress gateway, or routes to hosts outside), or let TracingPolicy's `proxy.headers` drop only
what is invalid.

Sources: Istio, VirtualService `Headers`; Gateway API, HTTPHeaderFilter; W3C Trace Context, section 3.)",
    .subjects = {Kind::kVirtualService, Kind::kHttpRoute, Kind::kGrpcRoute},
    .reads = kPathKinds | Kinds{Kind::kConfigMap, Kind::kTelemetry, Kind::kIstioOperator, Kind::kIstio},
    .run = run,
};

}  // namespace meshtrace::audit
