#include "core/audit/checks/collector.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

bool is_address(const std::string& host) {
  return host.starts_with('[') || host == "localhost" || host.find_first_not_of("0123456789.") == std::string::npos;
}

// Something in the snapshot says that there is such a namespace.
bool has_namespace(const Model& model, const std::string& ns) {
  return model.snapshot.find(Kind::kNamespace, "", ns) != nullptr || !model.snapshot.in(Kind::kService, ns).empty();
}

}  // namespace

std::string Endpoint::text() const {
  return fmt::format("{}://{}{}{}", scheme, host, port ? fmt::format(":{}", *port) : "", path);
}

std::optional<Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string::npos || text.find("$(") != std::string::npos) return std::nullopt;
  Endpoint endpoint;
  endpoint.scheme = text.substr(0, colon);
  std::string_view rest = std::string_view(text).substr(colon + 3);
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  endpoint.path = rest.substr(path);
  rest = rest.substr(0, path);
  const std::size_t bracket = rest.rfind(']');  // of an IPv6 address
  const std::size_t port = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  endpoint.host = rest.substr(0, port);
  if (port != std::string_view::npos) {
    const std::string number(rest.substr(port + 1));
    endpoint.port = positive_number(number);
    if (!endpoint.port) return std::nullopt;
  }
  return endpoint.host.empty() ? std::nullopt : std::optional(std::move(endpoint));
}

std::optional<ServiceName> service_of_host(const Model& model, const std::string& host, const std::string& from_ns) {
  if (is_address(host)) return std::nullopt;
  const auto parts = split_list(host, ".");
  if (parts.size() == 1) return ServiceName{from_ns, parts[0]};
  if (parts.size() == 2) {
    return has_namespace(model, parts[1]) ? std::optional(ServiceName{parts[1], parts[0]}) : std::nullopt;
  }
  const bool is_inside = parts[2] == "svc" && (parts.size() == 3 || host.ends_with(".cluster.local"));
  return is_inside ? std::optional(ServiceName{parts[1], parts[0]}) : std::nullopt;
}

bool knows_services_of(const Model& model, const std::string& ns) {
  if (!model.snapshot.knows(Kind::kService)) return false;
  return model.snapshot.options().is_cluster || !model.snapshot.in(Kind::kService, ns).empty();
}

bool is_made_by_operator(const Model& model, const ServiceName& service) {
  const auto collectors = model.snapshot.in(Kind::kOpenTelemetryCollector, service.ns);
  return std::any_of(collectors.begin(), collectors.end(), [&](const ObjectPointer& collector) {
    return service.name.starts_with(collector->ref.name + "-collector");
  });
}

std::vector<int> ports_of(const Object& service) {
  std::vector<int> ports;
  for (const nlohmann::json& port : array_member(service.value, {"spec", "ports"})) {
    const nlohmann::json* number = find_member(port, {"port"});
    if (number != nullptr && number->is_number_integer()) ports.push_back(number->get<int>());
  }
  return ports;
}

std::vector<const Object*> collector_services(const Model& model) {
  std::vector<const Object*> services;
  for (const ObjectPointer& service : model.snapshot.all(Kind::kService)) {
    const std::string& name = service->ref.name;
    if (name.find("collector") == std::string::npos && name.find("otel") == std::string::npos) continue;
    const auto ports = ports_of(*service);
    const bool takes_otlp = std::any_of(ports.begin(), ports.end(),
                                        [](int port) { return port == kOtlpGrpcPort || port == kOtlpHttpPort; });
    if (takes_otlp) services.push_back(service.get());
  }
  return services;
}

bool is_collector(const Workload& workload) {
  return std::any_of(workload.containers.begin(), workload.containers.end(), [](const Container& container) {
    const std::size_t slash = container.image.rfind('/');
    const std::string repository = slash == std::string::npos ? container.image : container.image.substr(slash + 1);
    return repository.starts_with("opentelemetry-collector") || repository.starts_with("otelcol");
  });
}

}  // namespace meshtrace::audit
