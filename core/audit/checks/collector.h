// Addresses of collectors: what an exporter's endpoint names, and whether a Service answers it. Shared by the checks of
// group 10.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/audit/checks/environment.h"

namespace meshtrace::audit {

// The collector's ports by convention.
inline constexpr int kOtlpGrpcPort = 4317;
inline constexpr int kOtlpHttpPort = 4318;

struct Endpoint {
  std::string scheme;       // http
  std::string host;         // otel-collector.observability
  std::optional<int> port;  // as stated
  std::string path;         // what follows, "/" included
  [[nodiscard]] std::string text() const;
};
// Nothing for a text that refers to variables, or is no URL with a host.
std::optional<Endpoint> parse_endpoint(const std::string& text);

struct ServiceName {
  std::string ns;
  std::string name;
};
// The Service that a host names in a cluster, as seen from a namespace; nothing for addresses and for hosts outside.
std::optional<ServiceName> service_of_host(const Model& model, const std::string& host, const std::string& from_ns);

// Whether a Service that is not among the objects does not exist. Files have to show more than one cluster's does: some
// Service of that very namespace.
bool knows_services_of(const Model& model, const std::string& ns);

// An OpenTelemetryCollector of that namespace makes the Service.
bool is_made_by_operator(const Model& model, const ServiceName& service);

std::vector<int> ports_of(const Object& service);

// Services that are a collector's by their name and have one of the ports above, by namespace and name.
std::vector<const Object*> collector_services(const Model& model);

// Whether the workload runs the OpenTelemetry Collector, by its image.
bool is_collector(const Workload& workload);

}  // namespace meshtrace::audit
