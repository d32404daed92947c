// The kinds of Kubernetes objects that checks read. Objects of other kinds are counted and not kept.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

namespace meshtrace::audit {

enum class Kind : std::uint8_t {
  // Workloads
  kPod,
  kDeployment,
  kReplicaSet,
  kStatefulSet,
  kDaemonSet,
  kJob,
  kCronJob,
  kReplicationController,
  // Kubernetes
  kNamespace,
  kService,
  kConfigMap,
  kIngress,
  kIngressClass,
  kMutatingWebhookConfiguration,
  kValidatingWebhookConfiguration,
  // Istio
  kVirtualService,
  kDestinationRule,
  kGateway,
  kServiceEntry,
  kWorkloadEntry,
  kSidecar,
  kEnvoyFilter,
  kWasmPlugin,
  kTrafficExtension,
  kTelemetry,
  kProxyConfig,
  kIstioOperator,
  kIstio,  // Sail's
  // Gateway API
  kKubernetesGateway,
  kGatewayClass,
  kHttpRoute,
  kGrpcRoute,
  // AWS Load Balancer Controller
  kIngressClassParams,
  // Prometheus operator
  kServiceMonitor,
  kPodMonitor,
  kPrometheusRule,
  // Other injectors, and the collectors that an operator starts
  kInstrumentation,
  kOpenTelemetryCollector,
  // Ours
  kTracingPolicy,
  kCount
};

inline constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::kCount);

class Kinds {
 public:
  Kinds() = default;
  Kinds(std::initializer_list<Kind> kinds) {
    for (const Kind kind : kinds) bits_.set(static_cast<std::size_t>(kind));
  }
  [[nodiscard]] bool has(Kind kind) const { return bits_.test(static_cast<std::size_t>(kind)); }
  void add(Kind kind) { bits_.set(static_cast<std::size_t>(kind)); }
  [[nodiscard]] bool empty() const { return bits_.none(); }
  [[nodiscard]] bool meets(const Kinds& other) const { return (bits_ & other.bits_).any(); }
  friend Kinds operator|(Kinds one, const Kinds& other) {
    one.bits_ |= other.bits_;
    return one;
  }

 private:
  std::bitset<kKindCount> bits_;
};

// Kinds that hold pods, or a pod template.
inline const Kinds kWorkloadKinds{Kind::kPod,       Kind::kDeployment, Kind::kReplicaSet, Kind::kStatefulSet,
                                  Kind::kDaemonSet, Kind::kJob,        Kind::kCronJob,    Kind::kReplicationController};

// How the API server knows a kind.
struct KindName {
  Kind kind;
  std::string_view name;                     // VirtualService
  std::string_view group;                    // networking.istio.io; empty: the core group
  std::string_view plural;                   // virtualservices
  std::array<std::string_view, 3> versions;  // the newest first, empty ones last; an API server serves some of them
  bool namespaced = true;
};

// In the order of the enum.
std::span<const KindName> kind_names();
const KindName& name_of(Kind kind);

// By group and kind, whatever the version; nothing for a kind that no check reads.
std::optional<Kind> find_kind(std::string_view api_version, std::string_view kind);

}  // namespace meshtrace::audit
