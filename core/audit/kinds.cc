#include "core/audit/kinds.h"

#include <algorithm>
#include <array>

namespace meshtrace::audit {
namespace {

using Versions = std::array<std::string_view, 3>;
constexpr Versions kV1{"v1"};
constexpr Versions kV1Alpha1{"v1alpha1"};
constexpr Versions kV1Alpha3{"v1alpha3"};
constexpr Versions kV1Beta1{"v1beta1"};
constexpr Versions kIstioNetworking{"v1", "v1beta1", "v1alpha3"};
constexpr Versions kIstioTelemetry{"v1", "v1alpha1"};
constexpr Versions kGatewayApi{"v1", "v1beta1"};
constexpr Versions kOtelCollector{"v1beta1", "v1alpha1"};

constexpr std::string_view kApps = "apps";
constexpr std::string_view kBatch = "batch";
constexpr std::string_view kNetworking = "networking.istio.io";
constexpr std::string_view kExtensions = "extensions.istio.io";
constexpr std::string_view kGatewayGroup = "gateway.networking.k8s.io";
constexpr std::string_view kIngressGroup = "networking.k8s.io";
constexpr std::string_view kAdmission = "admissionregistration.k8s.io";
constexpr std::string_view kMonitoring = "monitoring.coreos.com";
constexpr std::string_view kOtel = "opentelemetry.io";

constexpr std::array<KindName, kKindCount> kNames{{
    {Kind::kPod, "Pod", "", "pods", kV1},
    {Kind::kDeployment, "Deployment", kApps, "deployments", kV1},
    {Kind::kReplicaSet, "ReplicaSet", kApps, "replicasets", kV1},
    {Kind::kStatefulSet, "StatefulSet", kApps, "statefulsets", kV1},
    {Kind::kDaemonSet, "DaemonSet", kApps, "daemonsets", kV1},
    {Kind::kJob, "Job", kBatch, "jobs", kV1},
    {Kind::kCronJob, "CronJob", kBatch, "cronjobs", kV1},
    {Kind::kReplicationController, "ReplicationController", "", "replicationcontrollers", kV1},
    {Kind::kNamespace, "Namespace", "", "namespaces", kV1, false},
    {Kind::kService, "Service", "", "services", kV1},
    {Kind::kConfigMap, "ConfigMap", "", "configmaps", kV1},
    {Kind::kIngress, "Ingress", kIngressGroup, "ingresses", kV1},
    {Kind::kIngressClass, "IngressClass", kIngressGroup, "ingressclasses", kV1, false},
    {Kind::kMutatingWebhookConfiguration, "MutatingWebhookConfiguration", kAdmission, "mutatingwebhookconfigurations",
     kV1, false},
    {Kind::kValidatingWebhookConfiguration, "ValidatingWebhookConfiguration", kAdmission,
     "validatingwebhookconfigurations", kV1, false},
    {Kind::kVirtualService, "VirtualService", kNetworking, "virtualservices", kIstioNetworking},
    {Kind::kDestinationRule, "DestinationRule", kNetworking, "destinationrules", kIstioNetworking},
    {Kind::kGateway, "Gateway", kNetworking, "gateways", kIstioNetworking},
    {Kind::kServiceEntry, "ServiceEntry", kNetworking, "serviceentries", kIstioNetworking},
    {Kind::kWorkloadEntry, "WorkloadEntry", kNetworking, "workloadentries", kIstioNetworking},
    {Kind::kSidecar, "Sidecar", kNetworking, "sidecars", kIstioNetworking},
    {Kind::kEnvoyFilter, "EnvoyFilter", kNetworking, "envoyfilters", kV1Alpha3},
    {Kind::kWasmPlugin, "WasmPlugin", kExtensions, "wasmplugins", kV1Alpha1},
    {Kind::kTrafficExtension, "TrafficExtension", kExtensions, "trafficextensions", kV1Alpha1},
    {Kind::kTelemetry, "Telemetry", "telemetry.istio.io", "telemetries", kIstioTelemetry},
    {Kind::kProxyConfig, "ProxyConfig", kNetworking, "proxyconfigs", kV1Beta1},
    {Kind::kIstioOperator, "IstioOperator", "install.istio.io", "istiooperators", kV1Alpha1},
    {Kind::kIstio, "Istio", "sailoperator.io", "istios", kV1, false},
    {Kind::kKubernetesGateway, "Gateway", kGatewayGroup, "gateways", kGatewayApi},
    {Kind::kGatewayClass, "GatewayClass", kGatewayGroup, "gatewayclasses", kGatewayApi, false},
    {Kind::kHttpRoute, "HTTPRoute", kGatewayGroup, "httproutes", kGatewayApi},
    {Kind::kGrpcRoute, "GRPCRoute", kGatewayGroup, "grpcroutes", kV1},
    {Kind::kIngressClassParams, "IngressClassParams", "elbv2.k8s.aws", "ingressclassparams", kV1Beta1, false},
    {Kind::kServiceMonitor, "ServiceMonitor", kMonitoring, "servicemonitors", kV1},
    {Kind::kPodMonitor, "PodMonitor", kMonitoring, "podmonitors", kV1},
    {Kind::kPrometheusRule, "PrometheusRule", kMonitoring, "prometheusrules", kV1},
    {Kind::kInstrumentation, "Instrumentation", kOtel, "instrumentations", kV1Alpha1},
    {Kind::kOpenTelemetryCollector, "OpenTelemetryCollector", kOtel, "opentelemetrycollectors", kOtelCollector},
    {Kind::kTracingPolicy, "TracingPolicy", "meshtrace.io", "tracingpolicies", kV1Alpha1},
}};

}  // namespace

std::span<const KindName> kind_names() { return kNames; }

const KindName& name_of(Kind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

std::optional<Kind> find_kind(std::string_view api_version, std::string_view kind) {
  const std::size_t slash = api_version.find('/');
  const std::string_view group = slash == std::string_view::npos ? "" : api_version.substr(0, slash);
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const KindName& row) { return row.name == kind && row.group == group; });
  if (found == kNames.end()) return std::nullopt;
  return found->kind;
}

}  // namespace meshtrace::audit
