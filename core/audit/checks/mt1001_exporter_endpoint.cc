#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/collector.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// What a container exports to, and who says so.
struct Export {
  const Workload& workload;
  const Container& container;
  Setting setting;
  Endpoint endpoint;
  ServiceName service;
  std::string protocol;  // grpc, http/protobuf, http/json; empty: the SDK's default
};

std::optional<Export> export_of(const Model& model, const Workload& workload, const Container& container) {
  for (const char* prefix : {"OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"}) {
    auto setting = setting_of(model, workload, container, std::string(prefix) + "ENDPOINT");
    if (!setting) continue;
    const auto endpoint = parse_endpoint(setting->variable->value.value_or(""));
    const auto service = endpoint ? service_of_host(model, endpoint->host, workload.ns) : std::nullopt;
    if (!service) return std::nullopt;
    Lookup protocol = look_up(model, workload, container, std::string(prefix) + "PROTOCOL");
    if (!protocol.value) protocol = look_up(model, workload, container, "OTEL_EXPORTER_OTLP_PROTOCOL");
    return Export{workload, container, *std::move(setting), *endpoint, *service, protocol.value.value_or("")};
  }
  return std::nullopt;
}

std::string change_endpoint(const Export& exported, const Endpoint& endpoint) {
  return change(exported.workload, exported.container, exported.setting, endpoint.text(), endpoint.text());
}

std::string with_port(const Export& exported, int port) {
  Endpoint endpoint = exported.endpoint;
  endpoint.port = port;
  return change_endpoint(exported, endpoint);
}

void add(const Export& exported, const std::string& why, std::string fix, Findings& findings) {
  findings.add(*exported.setting.object,
               fmt::format("Spans of {} go nowhere: {} is {}, and {}.", exported.setting.who,
                           exported.setting.variable->name, policy::in_quotes(exported.endpoint.text()), why),
               {.field = exported.setting.field, .fix = std::move(fix)});
}

void report_missing(const Model& model, const Export& exported, Findings& findings) {
  const std::string why =
      fmt::format("the namespace {} has no Service {}", exported.service.ns, policy::in_quotes(exported.service.name));
  const auto candidates = collector_services(model);
  if (candidates.size() != 1) {
    add(exported, why, "Create that Service, or name the collector's: http://NAME.NAMESPACE:4317.", findings);
    return;
  }
  Endpoint endpoint = exported.endpoint;
  endpoint.host = candidates[0]->ref.name + "." + candidates[0]->ref.ns;
  const auto ports = ports_of(*candidates[0]);
  const bool has_port = endpoint.port && std::find(ports.begin(), ports.end(), *endpoint.port) != ports.end();
  const int wanted = exported.protocol.starts_with("http") ? kOtlpHttpPort : kOtlpGrpcPort;
  if (!has_port) endpoint.port = std::find(ports.begin(), ports.end(), wanted) != ports.end() ? wanted : ports[0];
  add(exported, why, change_endpoint(exported, endpoint), findings);
}

// False where the port is right.
bool report_port(const Export& exported, const Object& service, Findings& findings) {
  const auto ports = ports_of(service);
  // DNS of a headless Service answers with pods, whose ports nobody lists; an ExternalName is somewhere else.
  const bool lists_ports = string_member(service.value, {"spec", "clusterIP"}) != "None" &&
                           string_member(service.value, {"spec", "type"}) != "ExternalName";
  if (!lists_ports || !exported.endpoint.port || ports.empty()) return false;
  if (std::find(ports.begin(), ports.end(), *exported.endpoint.port) != ports.end()) return false;
  const int wanted = exported.protocol.starts_with("http") ? kOtlpHttpPort : kOtlpGrpcPort;
  const bool has_wanted = std::find(ports.begin(), ports.end(), wanted) != ports.end();
  add(exported, fmt::format("{} has no such port (it has {})", service.ref.title(), fmt::join(ports, ", ")),
      with_port(exported, has_wanted ? wanted : ports[0]), findings);
  return true;
}

void report_protocol(const Export& exported, const Object* service, Findings& findings) {
  const bool is_grpc = exported.protocol == "grpc";
  const int wrong = is_grpc ? kOtlpHttpPort : kOtlpGrpcPort;
  const int right = is_grpc ? kOtlpGrpcPort : kOtlpHttpPort;
  if (exported.protocol.empty() || exported.endpoint.port != wrong) return;
  const auto ports = service == nullptr ? std::vector<int>{right} : ports_of(*service);
  const bool has_right = std::find(ports.begin(), ports.end(), right) != ports.end();
  add(exported,
      fmt::format("the collector's port {} takes {}, not {}", wrong, is_grpc ? "http/protobuf" : "grpc",
                  exported.protocol),
      has_right ? with_port(exported, right)
                : fmt::format("Set the protocol to {}, or give the collector a receiver for {}.",
                              is_grpc ? "http/protobuf" : "grpc", exported.protocol),
      findings);
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) {
    const auto exported = export_of(model, *workload, *container);
    if (!exported) continue;
    const Object* service = model.snapshot.find(Kind::kService, exported->service.ns, exported->service.name);
    if (service == nullptr && !is_made_by_operator(model, exported->service) &&
        knows_services_of(model, exported->service.ns)) {
      report_missing(model, *exported, findings);
    } else if (service == nullptr || !report_port(*exported, *service, findings)) {
      report_protocol(*exported, service, findings);
    }
  }
}

}  // namespace

const Check kExporterEndpoint{
    .code = "MT1001",
    .severity = Severity::kError,
    .title = "exporter endpoint that nobody answers",
    .effect = "No span of these applications arrives anywhere.",
    .page = R"(`OTEL_EXPORTER_OTLP_ENDPOINT` (or `_TRACES_ENDPOINT`, or the policy's `exporter.endpoint`) names a
Service that does not exist or has no such port, or the port of the other protocol: by convention the collector takes
gRPC on 4317 and http/protobuf on 4318. SDKs log a line for each failed export and drop the spans.

The fix names the Service with an OTLP port where there is exactly one, the right port of the one that is named, or
the port of the protocol.

Not judged: addresses, hosts outside of the cluster, and endpoints with a reference like `http://$(K8S_NODE_IP):4317`.
`NAME.NAMESPACE` counts as a Service where that namespace is known. From files a Service counts as missing only where
they have other Services of its namespace. An OpenTelemetryCollector makes the Service NAME-collector.

Sources: OpenTelemetry, "OTLP Exporter Configuration"; Kubernetes, "DNS for Services and Pods".)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kService, Kind::kConfigMap, Kind::kOpenTelemetryCollector},
    .run = run,
};

}  // namespace meshtrace::audit
