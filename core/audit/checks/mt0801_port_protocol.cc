#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"
#include "core/audit/path_builder.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Why a port that Istio takes for TCP carries HTTP after all.
struct Evidence {
  std::string text = {};
  const char* protocol = "http";  // for appProtocol
  bool is_certain = false;        // a route of HTTP or gRPC leads there
  std::optional<Hop> hop = {};
};

bool is_http_route(const PathEdge& edge) {
  if (edge.by == nullptr) return false;
  switch (edge.by->kind) {
    case Kind::kHttpRoute:
    case Kind::kGrpcRoute:
      return true;
    case Kind::kVirtualService:
      return edge.field.starts_with("spec.http");
    case Kind::kIngress:  // Istio's sends TLS to a port of HTTPS, others have annotations for it
      return edge.protocol == Protocol::kTcp;
    default:
      return false;
  }
}

std::optional<Evidence> by_routes(const Model& model, const Object& service, int port) {
  for (const PathEdge* edge : model.paths.over(service)) {
    if (edge->port != port || !is_http_route(*edge)) continue;
    const bool is_grpc = edge->by->kind == Kind::kGrpcRoute;
    return Evidence{.text = fmt::format("{} sends {} there", edge->by->ref.title(), is_grpc ? "gRPC" : "HTTP"),
                    .protocol = is_grpc ? "grpc" : "http",
                    .is_certain = true,
                    .hop = Hop{edge->from, edge->to}};
  }
  // Rules for the Service's host mean its ports of HTTP, if it has some.
  const json& ports = array_member(service.spec(), {"ports"});
  const Object* rules = model.paths.http_rules_for(service);
  const bool has_others =
      std::any_of(ports.begin(), ports.end(), [](const json& one) { return reads_headers(protocol_of(one)); });
  if (rules == nullptr || has_others) return std::nullopt;
  return Evidence{.text = rules->ref.title() + " has HTTP rules for it", .is_certain = true};
}

bool is_target(const json& service_port, const json& container_port) {
  const json* target = find_member(service_port, {"targetPort"});
  if (target == nullptr) target = find_member(service_port, {"port"});
  const json* number = find_member(container_port, {"containerPort"});
  const json* name = find_member(container_port, {"name"});
  return target != nullptr && ((number != nullptr && *target == *number) || (name != nullptr && *target == *name));
}

std::optional<Evidence> by_container_port(const Model& model, const Object& service, const json& service_port) {
  for (const Workload* workload : model.workloads.behind(service)) {
    for (const Container& container : workload->containers) {
      if (container.json == nullptr) continue;
      for (const json& port : array_member(*container.json, {"ports"})) {
        const std::string name = string_member(port, {"name"});
        // "http-memberlist" of Loki is gossip: only the bare words are meant as the protocol.
        const bool is_grpc = name == "grpc";
        const bool is_http = is_grpc || name == "http" || name == "http2";
        if (!is_http || !is_target(service_port, port)) continue;
        return Evidence{.text = fmt::format("container {} names the port {}", policy::in_quotes(container.name),
                                            policy::in_quotes(name)),
                        .protocol = is_grpc ? "grpc" : "http"};
      }
    }
  }
  return std::nullopt;
}

// Callers name the scheme: http://reviews:9080.
std::optional<Evidence> by_callers(const Model& model, const Object& service, int port) {
  for (const PathEdge* edge : model.paths.over(service)) {
    if (edge->port != port || !edge->is_http_call) continue;
    return Evidence{.text = fmt::format("{} calls it by http:// ({})", edge->by->ref.title(), edge->field),
                    .hop = Hop{edge->from, edge->to}};
  }
  return std::nullopt;
}

// "tcp-grpc", "tcp-http-admin": named for what it carries behind the prefix that decides.
std::optional<Evidence> by_name(const json& port) {
  const std::string name = string_member(port, {"name"});
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('-'));
    const bool is_grpc = word == "grpc";
    if (is_grpc || word == "http" || word == "http2") {
      return Evidence{.text = fmt::format("is named for {}", is_grpc ? "gRPC" : "HTTP"),
                      .protocol = is_grpc ? "grpc" : "http"};
    }
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return std::nullopt;
}

std::string name_of_tcp(const json& port) {
  const std::string app_protocol = string_member(port, {"appProtocol"});
  if (!app_protocol.empty()) return "appProtocol " + policy::in_quotes(app_protocol);
  const std::string name = string_member(port, {"name"});
  return name.empty() ? "number" : "name " + policy::in_quotes(name);
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const json& ports = array_member(subject.spec(), {"ports"});
  for (std::size_t at = 0; at < ports.size(); ++at) {
    if (!ports[at].is_object() || protocol_of(ports[at]) != Protocol::kTcp) continue;
    const int number = port_number(ports[at], {"port"});
    std::optional<Evidence> evidence = by_routes(model, subject, number);
    if (!evidence) evidence = by_callers(model, subject, number);
    if (!evidence) evidence = by_container_port(model, subject, ports[at]);
    if (!evidence) evidence = by_name(ports[at]);
    if (!evidence) continue;
    const std::string field = fmt::format("spec.ports[{}]", at);
    const std::string where = evidence->hop ? " on the hop " + name_of_hop(model.paths, *evidence->hop) : "";
    findings.add(
        subject,
        fmt::format("By its {} Istio takes port {} for TCP, but {}: the proxies{} read no headers there, make no "
                    "spans and log no traceparent, and routes by path or header do not hold.",
                    name_of_tcp(ports[at]), number, evidence->text, where),
        {.field = field,
         .fix = patch_command(subject, replace_field(subject, field + ".appProtocol", evidence->protocol)),
         .hop = evidence->hop,
         .severity = evidence->is_certain ? Severity::kError : Severity::kWarning});
  }
}

}  // namespace

const Check kPortProtocol{
    .code = "MT0801",
    .severity = Severity::kError,
    .title = "port of HTTP or gRPC that Istio takes for TCP",
    .effect = "Proxies make no spans for these requests and do not log or write their trace headers.",
    .page =
        R"(Istio decides by the Service's port: `appProtocol`, else the port's name up to the first hyphen (`http`, `http2`,
`grpc`, `grpc-web`; `tcp`, `tls`, `https`, `mongo`, `redis`, `mysql`). Other names, and ports without one, are no fault:
Istio looks at the first bytes and finds HTTP by itself, but for ports 25, 53, 3306 and 27017, where servers speak first.

A port is reported where it counts as TCP and HTTP goes there all the same: a VirtualService's http rule, an HTTPRoute, a
GRPCRoute or an Ingress leads to it (error), a caller's variable says `http://`, or the container's port is named http
or grpc, or the port's name says so behind the prefix (`tcp-grpc`; warning). `appProtocol` mends it without a new name, which others may refer to.

Sources: Istio, "Protocol Selection"; pkg/config/kube/conversion.go.)",
    .subjects = {Kind::kService},
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
