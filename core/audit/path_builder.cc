#include "core/audit/path_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kUseWaypoint = "istio.io/use-waypoint";
constexpr const char* kUseWaypointNamespace = "istio.io/use-waypoint-namespace";
constexpr std::string_view kClusterSuffix = ".svc.cluster.local";
constexpr int kKafka = 9092;
constexpr int kAmqp = 5672;

PathNode service_node(const Object& service) {
  const json& ports = array_member(service.spec(), {"ports"});
  const bool is_broker = std::any_of(ports.begin(), ports.end(),
                                     [](const json& port) { return is_broker_port(port_number(port, {"port"})); });
  PathNode node;
  node.kind = is_broker ? PathNode::Kind::kBroker : PathNode::Kind::kService;
  node.title = service.ref.ns + "/" + service.ref.name;
  node.id = (is_broker ? "broker:" : "service:") + node.title;
  node.ns = service.ref.ns;
  node.object = &service;
  return node;
}

}  // namespace

const json* port_of(const Object& service, int number) {
  const json& ports = array_member(service.spec(), {"ports"});
  if (number == 0) return ports.size() == 1 ? &ports.front() : nullptr;
  const auto found = std::find_if(ports.begin(), ports.end(),
                                  [number](const json& port) { return port_number(port, {"port"}) == number; });
  return found == ports.end() ? nullptr : &*found;
}

bool is_broker_port(int number) { return number == kKafka || number == kAmqp; }

PathBuilder::PathBuilder(const Snapshot& snapshot, const MeshModel& mesh, const Workloads& workloads)
    : snapshot_(snapshot), mesh_(mesh), workloads_(workloads), mesh_routes_(snapshot) {
  for (const ObjectPointer& entry : snapshot.all(Kind::kServiceEntry)) {
    for (const json& host : array_member(entry->spec(), {"hosts"})) {
      if (host.is_string()) service_entries_.try_emplace(host.get<std::string>(), entry.get());
    }
  }
}

std::string PathBuilder::add(PathNode node) {
  std::string id = node.id;
  nodes_.try_emplace(id, std::move(node));
  return id;
}

std::string PathBuilder::add_outside() {
  PathNode node;
  node.id = kOutside;
  node.title = "outside";
  node.kind = PathNode::Kind::kEntry;
  return add(std::move(node));
}

std::string PathBuilder::add_gateway(PathNode node, const std::map<std::string, std::string>& selector) {
  if (!selector.empty()) {
    // A Gateway API gateway's proxies are in its namespace; Istio looks in every one for those of its own kind.
    const bool is_anywhere = node.object->kind != Kind::kKubernetesGateway;
    for (const Workload& workload : workloads_.all()) {
      const bool is_here = is_anywhere || workload.ns == node.ns;
      const bool matches = std::all_of(selector.begin(), selector.end(), [&](const auto& label) {
        const auto found = workload.labels.find(label.first);
        return found != workload.labels.end() && found->second == label.second;
      });
      if (!is_here || !matches) continue;
      gateways_[&workload].push_back(node.id);
      if (node.workload == nullptr) node.workload = &workload;
    }
  }
  return add(std::move(node));
}

void PathBuilder::add(PathEdge edge) {
  if (edge.from == edge.to) return;
  if (edges_.size() >= kMaxEdges) {
    complete_ = false;
    return;
  }
  auto key = std::tuple(edge.from, edge.to, edge.port, edge.by);
  const auto [at, is_new] = edges_.try_emplace(std::move(key), edge);
  if (is_new) return;
  at->second.is_http_call = at->second.is_http_call || edge.is_http_call;
  // Another rule of one object: what it does to headers is done on this hop, too.
  auto& changes = at->second.changes;
  for (HeaderChange& change : edge.changes) {
    const bool known = std::any_of(changes.begin(), changes.end(),
                                   [&](const HeaderChange& other) { return other.field == change.field; });
    if (!known) changes.push_back(std::move(change));
  }
}

void PathBuilder::lead(const std::string& from, const Destination& to) {
  PathEdge edge{.by = to.by, .field = to.field, .changes = to.changes};
  if (to.service != nullptr) return lead(from, *to.service, to.port, std::move(edge));
  // A name of the cluster whose Service is not there may be among the files that nobody gave.
  if (to.host.find('.') == std::string::npos || to.host.ends_with(kClusterSuffix)) return;
  edge.from = from;
  edge.to = add_external(to.host);
  edge.port = to.port;
  add(std::move(edge));
}

std::string PathBuilder::add_external(const std::string& host) {
  PathNode node;
  node.id = "external:" + host;
  node.title = host;
  node.kind = PathNode::Kind::kExternal;
  if (const auto entry = service_entries_.find(host); entry != service_entries_.end()) {
    node.object = entry->second;
    node.ns = entry->second->ref.ns;
  }
  return add(std::move(node));
}

void PathBuilder::lead(const std::string& from, const Object& service, int port, PathEdge edge) {
  const json* stated = port_of(service, port);
  edge.from = from;
  edge.service = &service;
  edge.port = stated == nullptr ? port : port_number(*stated, {"port"});
  edge.protocol = stated == nullptr ? Protocol::kUnknown : protocol_of(*stated);
  const std::string waypoint = waypoint_of(service);
  if (!waypoint.empty() && from != waypoint) {
    edge.to = waypoint;
    add(edge);
    edge.from = waypoint;
    edge.changes.clear();
  }
  for (const std::string& end : ends_of(service)) {
    edge.to = end;
    add(edge);
  }
}

const std::vector<std::string>& PathBuilder::ends_of(const Object& service) {
  const auto known = ends_.find(&service);
  return known != ends_.end() ? known->second : ends_.emplace(&service, find_ends(service)).first->second;
}

std::vector<std::string> PathBuilder::find_ends(const Object& service) {
  std::vector<std::string> ends;
  for (const Workload* workload : workloads_.behind(service)) {
    const auto gateway = gateways_.find(workload);
    if (gateway == gateways_.end()) {
      ends.push_back(add_workload(*workload));
    } else {
      ends.insert(ends.end(), gateway->second.begin(), gateway->second.end());
    }
  }
  if (ends.empty()) ends.push_back(add(service_node(service)));
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

std::string PathBuilder::add_workload(const Workload& workload) {
  if (gateways_.contains(&workload)) return "";
  PathNode node;
  node.id = workload.id();
  node.title = node.id;
  node.kind = workload.is_gateway ? PathNode::Kind::kGateway : PathNode::Kind::kWorkload;
  node.ns = workload.ns;
  node.mesh = workload.mesh;
  node.object = workload.object;
  node.workload = &workload;
  return add(std::move(node));
}

// The label of the Service, else of its Namespace, names a Gateway.
std::string PathBuilder::waypoint_of(const Object& service) const {
  const Object* ns = snapshot_.find(Kind::kNamespace, "", service.ref.ns);
  const Object* by = service.label(kUseWaypoint).empty() ? ns : &service;
  if (by == nullptr) return "";
  const std::string name = by->label(kUseWaypoint);
  std::string of = by->label(kUseWaypointNamespace);
  if (of.empty()) of = service.ref.ns;
  const std::string id = fmt::format("gateway:{}/{}", of, name);
  return nodes_.contains(id) ? id : "";
}

std::vector<PathNode> PathBuilder::nodes() const {
  std::vector<PathNode> nodes;
  for (const auto& [id, node] : nodes_) nodes.push_back(node);
  return nodes;
}

std::vector<PathEdge> PathBuilder::edges() const {
  std::vector<PathEdge> edges;
  for (const auto& [key, edge] : edges_) edges.push_back(edge);
  // The key ends in an address, which is not the same in each run.
  std::stable_sort(edges.begin(), edges.end(), [](const PathEdge& one, const PathEdge& other) {
    const auto key = [](const PathEdge& edge) {
      return std::tie(edge.from, edge.to, edge.port, edge.by->ref, edge.field);
    };
    return key(one) < key(other);
  });
  return edges;
}

}  // namespace meshtrace::audit
