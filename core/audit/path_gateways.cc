// Gateways: of Istio's API with the VirtualServices bound to them, and of the Gateway API with their routes.
// Sources: Istio, pilot/pkg/model/push_context.go (mergeGateways) and gateway.go; Gateway API, "Gateway" and
// "HTTPRoute".
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/audit/path_builder.h"
#include "core/audit/path_hosts.h"
#include "core/audit/workload_read.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kGatewayNameLabel = "gateway.networking.k8s.io/gateway-name";
constexpr const char* kIstioController = "istio.io/";
constexpr const char* kWaypointClass = "istio-waypoint";
// The convention of Istio's charts and samples: nothing else tells that requests come from inside alone.
constexpr const char* kEgress = "egress";

PathNode gateway_node(const Object& gateway, PathNode::Kind kind) {
  PathNode node;
  node.title = gateway.ref.ns + "/" + gateway.ref.name;
  node.id = "gateway:" + node.title;
  node.kind = kind;
  node.ns = gateway.ref.ns;
  node.mesh = kind == PathNode::Kind::kGateway ? MeshMode::kSidecar : MeshMode::kNone;
  node.object = &gateway;
  return node;
}

bool is_egress(const std::map<std::string, std::string>& selector) {
  return std::any_of(selector.begin(), selector.end(),
                     [](const auto& label) { return label.second.find(kEgress) != std::string::npos; });
}

// A server's host is a name, or a namespace and a name: "shop/*.example.com", "./*".
bool serves(const json& server_host, const Object& gateway, const std::string& host, const std::string& ns) {
  if (!server_host.is_string()) return false;
  const auto& text = server_host.get_ref<const std::string&>();
  const auto slash = text.find('/');
  if (slash == std::string::npos) return hosts_meet(text, host);
  const std::string of = text.substr(0, slash);
  const bool is_its = of == "*" || of == ns || (of == "." && ns == gateway.ref.ns);
  return is_its && hosts_meet(text.substr(slash + 1), host);
}

bool takes(const Object& gateway, const Object& virtual_service) {
  for (const json& server : array_member(gateway.spec(), {"servers"})) {
    for (const json& host : array_member(virtual_service.spec(), {"hosts"})) {
      if (!host.is_string()) continue;
      const std::string full = full_host(host.get<std::string>(), virtual_service.ref.ns);
      const json& hosts = array_member(server, {"hosts"});
      if (std::any_of(hosts.begin(), hosts.end(), [&](const json& server_host) {
            return serves(server_host, gateway, full, virtual_service.ref.ns);
          })) {
        return true;
      }
    }
  }
  return false;
}

// Gateway API implementations that are Istio's: their proxies take EnvoyFilters.
bool is_istio_class(const Snapshot& snapshot, const std::string& name) {
  const Object* gateway_class = snapshot.find(Kind::kGatewayClass, "", name);
  if (gateway_class == nullptr) return name == "istio" || name == "istio-remote" || name == kWaypointClass;
  return string_member(gateway_class->spec(), {"controllerName"}).starts_with(kIstioController);
}

// Listeners let routes of their own namespace in, unless they say more. Namespaces by selector count as let in.
bool lets_in(const Object& gateway, const Object& route) {
  if (gateway.ref.ns == route.ref.ns) return true;
  const json& listeners = array_member(gateway.spec(), {"listeners"});
  return std::any_of(listeners.begin(), listeners.end(), [](const json& listener) {
    const std::string from = string_member(listener, {"allowedRoutes", "namespaces", "from"});
    return from == "All" || from == "Selector";
  });
}

const Object* parent_of(const Snapshot& snapshot, const Object& route, const json& parent) {
  const std::string kind = string_member(parent, {"kind"});
  if (!kind.empty() && kind != "Gateway") return nullptr;
  std::string ns = string_member(parent, {"namespace"});
  if (ns.empty()) ns = route.ref.ns;
  const Object* gateway = snapshot.find(Kind::kKubernetesGateway, ns, string_member(parent, {"name"}));
  return gateway != nullptr && lets_in(*gateway, route) ? gateway : nullptr;
}

void add_route(PathBuilder& builder, const Object& route) {
  for (const json& parent : array_member(route.spec(), {"parentRefs"})) {
    const Object* gateway = parent_of(builder.snapshot(), route, parent);
    if (gateway == nullptr) continue;
    const std::string from = fmt::format("gateway:{}/{}", gateway->ref.ns, gateway->ref.name);
    for (const Destination& to : backends_of(builder.snapshot(), route)) builder.lead(from, to);
  }
}

}  // namespace

void add_istio_gateways(PathBuilder& builder) {
  const Snapshot& snapshot = builder.snapshot();
  for (const ObjectPointer& gateway : snapshot.all(Kind::kGateway)) {
    const auto selector = strings_of(object_member(gateway->spec(), {"selector"}));
    const std::string id = builder.add_gateway(gateway_node(*gateway, PathNode::Kind::kGateway), selector);
    if (is_egress(selector)) continue;
    builder.add({.from = builder.add_outside(),
                 .to = id,
                 .protocol = Protocol::kHttp,
                 .by = gateway.get(),
                 .field = "spec.servers"});
  }
}

void add_istio_routes(PathBuilder& builder) {
  const Snapshot& snapshot = builder.snapshot();
  for (const ObjectPointer& virtual_service : snapshot.all(Kind::kVirtualService)) {
    for (const std::string& name : gateways_of(*virtual_service)) {
      const auto slash = name.find('/');
      if (slash == std::string::npos) continue;  // the mesh: by calls
      const Object* gateway = snapshot.find(Kind::kGateway, name.substr(0, slash), name.substr(slash + 1));
      if (gateway == nullptr || !takes(*gateway, *virtual_service)) continue;
      for (const Destination& to : destinations_of(snapshot, *virtual_service, name))
        builder.lead("gateway:" + name, to);
    }
  }
}

void add_kubernetes_gateways(PathBuilder& builder) {
  const Snapshot& snapshot = builder.snapshot();
  for (const ObjectPointer& gateway : snapshot.all(Kind::kKubernetesGateway)) {
    const std::string gateway_class = string_member(gateway->spec(), {"gatewayClassName"});
    const bool is_istio = is_istio_class(snapshot, gateway_class);
    const auto kind = is_istio ? PathNode::Kind::kGateway : PathNode::Kind::kIngressController;
    const std::string id = builder.add_gateway(gateway_node(*gateway, kind), {{kGatewayNameLabel, gateway->ref.name}});
    if (gateway_class == kWaypointClass) continue;
    builder.add({.from = builder.add_outside(),
                 .to = id,
                 .protocol = Protocol::kHttp,
                 .by = gateway.get(),
                 .field = "spec.listeners"});
  }
}

void add_kubernetes_routes(PathBuilder& builder) {
  for (const Kind kind : {Kind::kHttpRoute, Kind::kGrpcRoute}) {
    for (const ObjectPointer& route : builder.snapshot().all(kind)) add_route(builder, *route);
  }
}

}  // namespace meshtrace::audit
