#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/model.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Of ServiceEntry's protocols those that carry requests with headers, if in TLS that the application makes.
const std::set<std::string> kOfRequests{"HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS"};

// A Service that HTTP is sent to: others carry no trace anyway.
bool carries_http(const Object& service) {
  for (const json& port : array_member(service.spec(), {"ports"})) {
    const Protocol protocol = protocol_of(port);
    if (protocol == Protocol::kHttp || protocol == Protocol::kHttp2 || protocol == Protocol::kGrpc) return true;
  }
  return false;
}

std::optional<Hop> hop_to(const Model& model, const Object& service) {
  const auto edges = model.paths.over(service);
  return edges.empty() ? std::nullopt : std::optional(Hop{edges.front()->from, edges.front()->to});
}

std::string on_hop(const Model& model, const std::optional<Hop>& hop) {
  return hop ? " on the hop " + name_of_hop(model.paths, *hop) : "";
}

void check_service(const Model& model, const Object& service, Findings& findings) {
  if (string_member(service.spec(), {"type"}) == "ExternalName") {
    const std::optional<Hop> hop = hop_to(model, service);
    findings.add(
        service,
        fmt::format("The Service is a name for a host outside{}: the trace goes on only if that host takes the "
                    "headers and reports its spans to the same place.",
                    on_hop(model, hop)),
        {.field = "spec.externalName",
         .fix = "Nothing needs to be changed; remove trace headers on this way where the host is a stranger's.",
         .hop = hop});
    return;
  }
  if (string_member(service.spec(), {"clusterIP"}) != "None" || !carries_http(service)) return;
  const std::optional<Hop> hop = hop_to(model, service);
  findings.add(
      service,
      fmt::format("The Service is headless: callers choose a pod by its address{}. Istio knows such a request by its "
                  "Host header alone; one to a pod's bare address passes as TCP, without a proxy's span.",
                  on_hop(model, hop)),
      {.field = "spec.clusterIP",
       .fix = "Have callers use the Service's name as the host; nothing else needs to be changed.",
       .hop = hop});
}

void check_entry(const Object& entry, Findings& findings) {
  if (string_member(entry.spec(), {"location"}) == "MESH_INTERNAL") return;
  const json& ports = array_member(entry.spec(), {"ports"});
  if (std::none_of(ports.begin(), ports.end(),
                   [](const json& port) { return kOfRequests.contains(string_member(port, {"protocol"})); })) {
    return;
  }
  findings.add(
      entry,
      "The hosts are outside the mesh: the trace goes on only if they take the headers and report their spans to "
      "the same place; baggage that callers set is sent to them, too.",
      {.field = "spec.hosts",
       .fix = "Nothing needs to be changed; remove trace headers on this way where the hosts are a stranger's."});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  subject.kind == Kind::kService ? check_service(model, subject, findings) : check_entry(subject, findings);
}

}  // namespace

const Check kHeadlessExternal{
    .code = "MT0802",
    .severity = Severity::kInfo,
    .title = "headless or external service on the way",
    .effect = "Spans of this hop may be missing, or belong to somebody else.",
    .page =
        R"(A headless Service (`clusterIP: None`) gives callers the pods' own addresses. With a port of HTTP or gRPC, Istio's
proxies still route by the Host header; a client that calls a pod's address itself (clustered databases, gRPC clients with
their own balancing) is passed on as TCP, and no proxy makes a span. The application's own spans are as they were.

ExternalName Services and ServiceEntries lead out of the mesh: whether the trace goes on is up to those hosts, and they see
the caller's baggage.

Both are mostly as they should be, hence info; headless Services without a port of HTTP or gRPC are not told.

Sources: Istio, "Traffic Routing", headless Services; Kubernetes, "Service".)",
    .subjects = {Kind::kService, Kind::kServiceEntry},
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
