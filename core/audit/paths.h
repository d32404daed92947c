// Which way requests take: from each entry over gateways, routes and Services to workloads, and from workload to
// workload where a variable or argument names a Service. Each hop says what it does to trace headers, and its limits.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/finding.h"
#include "core/audit/header_changes.h"
#include "core/audit/mesh_model.h"
#include "core/audit/snapshot.h"
#include "core/audit/workloads.h"

namespace meshtrace::audit {

// A place that requests pass.
struct PathNode {
  enum class Kind { kEntry, kIngressController, kGateway, kWorkload, kService, kExternal, kBroker };
  // "outside" of the one entry; "shop/checkout" of a workload; else a word and the object:
  // "gateway:istio-system/ingress" (Istio's or the Gateway API's), "ingress:web/shop" (an Ingress), "service:shop/db"
  // (whose workloads are not known), "broker:shop/kafka", "external:api.example.com".
  std::string id;
  std::string title;  // what people call it
  Kind kind = Kind::kWorkload;
  std::string ns;
  MeshMode mesh = MeshMode::kNone;
  const Object* object = nullptr;      // that it stands for; null for the outside
  const Workload* workload = nullptr;  // null unless kWorkload or kGateway
};

// What the model is made of: a check that asks it depends on all of them.
inline const Kinds kPathKinds =
    kWorkloadKinds | Kinds{Kind::kNamespace,      Kind::kService,   Kind::kIngress,     Kind::kIngressClass,
                           Kind::kVirtualService, Kind::kGateway,   Kind::kEnvoyFilter, Kind::kKubernetesGateway,
                           Kind::kGatewayClass,   Kind::kHttpRoute, Kind::kGrpcRoute,   Kind::kTracingPolicy};

inline constexpr const char* kOutside = "outside";  // the entry's id

// How Istio treats a Service's port, by name, appProtocol and number. kUnknown: Istio looks at the first bytes.
enum class Protocol { kHttp, kHttp2, kGrpc, kTcp, kTls, kUdp, kUnknown };

// One way from a node to the next.
struct PathEdge {
  std::string from = {};
  std::string to = {};
  const Object* service = nullptr;  // that is called; null where none is between
  int port = 0;                     // of the Service; 0: not known
  Protocol protocol = Protocol::kUnknown;
  const Object* by = nullptr;  // VirtualService (of a delegate, that one), HTTPRoute, Ingress, the workload that names
                               // the Service, or the Service that is open to the outside
  std::string field = {};      // in `by`
  bool is_http_call = false;   // the caller writes http:// or https://
  std::vector<HeaderChange> changes = {};  // what routes do to the request's trace headers here
};

// Where a proxy reads requests: as a gateway, for its own application, or for what its application calls.
enum class PatchContext { kGateway, kInbound, kOutbound };
inline constexpr std::size_t kPatchContexts = 3;

// The header limits in effect at a node's proxy. Source: Envoy, HttpConnectionManager and HttpProtocolOptions.
struct HeaderLimits {
  int max_request_headers_kb = 60;
  int max_headers_count = 100;
  // The EnvoyFilter that says so, or the TracingPolicy where ours says it; null: Envoy's default.
  const Object* kb_from = nullptr;
  const Object* count_from = nullptr;
};

class Paths {
 public:
  Paths(const Snapshot& snapshot, const MeshModel& mesh, const Workloads& workloads);

  [[nodiscard]] std::span<const PathNode> nodes() const { return nodes_; }  // sorted by id
  [[nodiscard]] std::span<const PathEdge> edges() const { return edges_; }  // sorted by from, to, port
  [[nodiscard]] const PathNode* find(std::string_view id) const;
  [[nodiscard]] std::vector<const PathEdge*> into(std::string_view id) const;
  [[nodiscard]] std::vector<const PathEdge*> out_of(std::string_view id) const;
  // That a route, an Ingress or a workload makes, or whose headers it changes: a root does so for its delegates.
  [[nodiscard]] std::vector<const PathEdge*> made_by(const Object& object) const;

  // On which the Service is called.
  [[nodiscard]] std::vector<const PathEdge*> over(const Object& service) const;

  // The VirtualService whose http rules are for calls to the Service in the mesh; null where there is none.
  [[nodiscard]] const Object* http_rules_for(const Object& service) const;

  // Every simple way from the entry to the node, as node ids; at most kMaxWays, of at most kMaxHops nodes.
  static constexpr std::size_t kMaxWays = 32;
  static constexpr std::size_t kMaxHops = 24;
  [[nodiscard]] std::vector<std::vector<std::string>> ways_to(std::string_view id) const;

  // Of requests that come to the node: of a gateway in kGateway, else in kInbound.
  [[nodiscard]] HeaderLimits limits_of(const PathNode& node) const;
  // Envoy's defaults for a node without a proxy that EnvoyFilters reach.
  [[nodiscard]] HeaderLimits limits_of(const PathNode& node, PatchContext context) const;
  // Whether every part of the graph is there: false where a bound cut it off.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  void find_all_limits();
  using Index = std::map<const Object*, std::vector<std::size_t>>;
  [[nodiscard]] std::vector<const PathEdge*> at(const Index& index, const Object& object) const;

  const Snapshot& snapshot_;
  std::vector<PathNode> nodes_;
  std::vector<PathEdge> edges_;
  std::vector<std::size_t> edges_by_end_;  // indices into edges_, by `to`
  Index made_by_;                          // and over_: indices into edges_, rising
  Index over_;
  std::map<const Object*, const Object*> http_rules_;  // by Service
  // By node and context; empty where nothing states a limit.
  std::vector<std::array<HeaderLimits, kPatchContexts>> limits_;
  bool complete_ = true;
};

// A hop for messages, by what people call its ends: "istio-system/ingress → shop/checkout".
std::string name_of_hop(const Paths& paths, const Hop& hop);

// By Istio's rules: appProtocol, then the name's prefix, then well-known ports.
// Source: Istio, pkg/config/kube/conversion.go and "Protocol Selection".
Protocol protocol_of(const nlohmann::json& service_port);

// Whether Istio's proxies read HTTP headers there; of kUnknown they do when the first bytes are HTTP.
bool reads_headers(Protocol protocol);

}  // namespace meshtrace::audit
