// Puts the path model together: nodes and edges without duplicates, within bounds, and the nodes behind a Service.
// Where the parts come from is in path_gateways.cc, path_ingresses.cc and path_calls.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/audit/path_routes.h"
#include "core/audit/paths.h"

namespace meshtrace::audit {

class PathBuilder {
 public:
  PathBuilder(const Snapshot& snapshot, const MeshModel& mesh, const Workloads& workloads);

  // Edges; beyond it the model is cut off: 4,000 Services that all call each other are not drawn by anybody.
  static constexpr std::size_t kMaxEdges = 100'000;

  // The first node of an id stays. Returns the id.
  std::string add(PathNode node);
  std::string add_outside();
  // A host of the outside; a ServiceEntry stands for it where one names it.
  std::string add_external(const std::string& host);
  // A proxy of the gateway, found by its labels; the workload then has no node of its own. An empty selector is
  // nobody's.
  std::string add_gateway(PathNode node, const std::map<std::string, std::string>& selector);
  // Of a workload that is no gateway with a node of its own; empty for such a one.
  std::string add_workload(const Workload& workload);
  // Edges that differ in field alone are one.
  void add(PathEdge edge);

  // From a node to where a destination's requests go: a Service, or a host of the outside.
  void lead(const std::string& from, const Destination& to);
  // To the pods behind a Service, or to what stands for them; over the Service's waypoint where it has one.
  void lead(const std::string& from, const Object& service, int port, PathEdge edge);

  const Snapshot& snapshot() const { return snapshot_; }
  const MeshModel& mesh() const { return mesh_; }
  const Workloads& workloads() const { return workloads_; }
  const MeshRoutes& mesh_routes() const { return mesh_routes_; }

  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::vector<PathNode> nodes() const;
  [[nodiscard]] std::vector<PathEdge> edges() const;

 private:
  const std::vector<std::string>& ends_of(const Object& service);
  std::vector<std::string> find_ends(const Object& service);
  [[nodiscard]] std::string waypoint_of(const Object& service) const;

  const Snapshot& snapshot_;
  const MeshModel& mesh_;
  const Workloads& workloads_;
  MeshRoutes mesh_routes_;
  std::map<std::string, const Object*> service_entries_;  // by host
  std::map<std::string, PathNode, std::less<>> nodes_;
  std::map<std::tuple<std::string, std::string, int, const Object*>, PathEdge> edges_;
  std::map<const Object*, std::vector<std::string>> ends_;        // nodes behind a Service
  std::map<const Workload*, std::vector<std::string>> gateways_;  // nodes of a gateway's workload
  bool complete_ = true;
};

// Each adds what its kinds of objects say. Gateways come first: they take workloads for their proxies.
void add_istio_gateways(PathBuilder& builder);
void add_kubernetes_gateways(PathBuilder& builder);
void add_istio_routes(PathBuilder& builder);
void add_kubernetes_routes(PathBuilder& builder);
void add_ingresses(PathBuilder& builder);
void add_open_services(PathBuilder& builder);
void add_calls(PathBuilder& builder);

// The port of a Service by its number; the only one where `number` is 0. Null where there is none.
const nlohmann::json* port_of(const Object& service, int number);

// Ports of brokers, to which requests carry no headers that a proxy reads: Kafka's and AMQP's. MT0803 and the kind
// of node agree on them.
bool is_broker_port(int number);

}  // namespace meshtrace::audit
