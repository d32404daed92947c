#include "core/audit/checks/provider_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/audit/fix.h"
#include "core/audit/paths.h"
#include "core/audit/providers.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kServiceSuffix = ".svc.";

// "otel-collector" of "otel-collector.observability.svc.cluster.local".
struct ServiceHost {
  std::string name;
  std::string ns;
};

std::optional<ServiceHost> split_host(std::string_view host) {
  const auto suffix = host.find(kServiceSuffix);
  const auto dot = host.find('.');
  if (suffix == std::string_view::npos || dot >= suffix) return std::nullopt;
  const std::string_view ns = host.substr(dot + 1, suffix - dot - 1);
  if (ns.find('.') != std::string_view::npos) return std::nullopt;
  return ServiceHost{std::string(host.substr(0, dot)), std::string(ns)};
}

std::string host_of(const Object& service) {
  return fmt::format("{}.{}.svc.cluster.local", service.ref.name, service.ref.ns);
}

bool declares(const Object& service_entry, std::string_view host) {
  const json& hosts = array_member(service_entry.spec(), {"hosts"});
  return std::any_of(hosts.begin(), hosts.end(), [&](const json& one) { return one == host; });
}

std::vector<const Object*> service_entries(const Snapshot& snapshot, std::string_view host, std::string_view ns) {
  std::vector<const Object*> found;
  for (const ObjectPointer& entry : snapshot.all(Kind::kServiceEntry)) {
    if (declares(*entry, host) && (ns.empty() || entry->ref.ns == ns)) found.push_back(entry.get());
  }
  return found;
}

// Services that a short host ("otel-collector", "otel-collector.observability") may mean.
std::vector<const Object*> services_meant(const Snapshot& snapshot, std::string_view host) {
  const auto dot = host.find('.');
  const std::string_view name = host.substr(0, dot);
  std::string_view ns = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
  if (ns.ends_with(".svc")) ns.remove_suffix(4);
  std::vector<const Object*> found;
  for (const ObjectPointer& service : snapshot.all(Kind::kService)) {
    if (service->ref.name == name && (ns.empty() || service->ref.ns == ns)) found.push_back(service.get());
  }
  return found;
}

TargetProblem missing(const Snapshot& snapshot, const std::string& host) {
  const auto meant = services_meant(snapshot, host);
  if (meant.size() == 1) {
    return {fmt::format("istiod knows Services by their whole host names, and {} is none", policy::in_quotes(host)),
            {{"service", host_of(*meant.front())}}};
  }
  if (meant.size() > 1) {
    return {fmt::format("{} is no whole host name, and Services of that name stand in {} and {}",
                        policy::in_quotes(host), meant[0]->ref.ns, meant[1]->ref.ns)};
  }
  const bool is_short = host.find('.') == std::string::npos;
  if (!snapshot.knows(Kind::kService) || (!is_short && !snapshot.knows(Kind::kServiceEntry))) return {};
  return {fmt::format("there is no Service or ServiceEntry with the host {}", policy::in_quotes(host))};
}

// The nearest name in the same namespace, or the same name in another.
json meant_service(const Snapshot& snapshot, const ServiceHost& host) {
  const auto elsewhere = services_meant(snapshot, host.name);
  if (elsewhere.size() == 1) return {{"service", host_of(*elsewhere.front())}};
  std::vector<std::string_view> names;
  for (const ObjectPointer& service : snapshot.in(Kind::kService, host.ns)) names.push_back(service->ref.name);
  const Object* nearest = snapshot.find(Kind::kService, host.ns, policy::nearest(host.name, names));
  return nearest == nullptr ? json() : json{{"service", host_of(*nearest)}};
}

// A file's Service that states no namespace goes wherever somebody applies it to.
bool may_be_meant(const Snapshot& snapshot, std::string_view name) {
  const auto services = snapshot.all(Kind::kService);
  return !snapshot.options().is_cluster &&
         std::any_of(services.begin(), services.end(), [&](const ObjectPointer& service) {
           return service->ref.name == name && find_member(service->value, {"metadata", "namespace"}) == nullptr;
         });
}

bool fits(const json& port, const ProviderTarget& target) {
  const Protocol protocol = protocol_of(port);
  const bool is_http2 = protocol == Protocol::kGrpc || protocol == Protocol::kHttp2;
  return target.is_grpc ? is_http2 : !is_http2;
}

// The port has another protocol than the tracer.
TargetProblem wrong_protocol(const Object& service, const std::string& field, const json& port,
                             const ProviderTarget& target) {
  const std::string title = fmt::format("port {} of {}", target.port, service.ref.title());
  TargetProblem problem;
  problem.message =
      target.is_grpc
          ? fmt::format(
                "proxies speak gRPC to a port only if its name begins with grpc or http2 or its appProtocol "
                "says so, and {} is named {}",
                title, policy::in_quotes(string_member(port, {"name"})))
          : fmt::format(
                "the tracer speaks HTTP/1.1, and proxies speak HTTP/2 to {}, because its name or appProtocol "
                "says so",
                title);
  problem.fix =
      patch_command(service, replace_field(service, field + ".appProtocol", target.is_grpc ? "grpc" : "http"));
  return problem;
}

TargetProblem problem_of_port(const Object& service, const ProviderTarget& target) {
  if (target.port == 0 || string_member(service.spec(), {"type"}) == "ExternalName") return {};
  const json& ports = array_member(service.spec(), {"ports"});
  std::vector<json> fitting;
  for (std::size_t index = 0; index < ports.size(); ++index) {
    const json* number = find_member(ports[index], {"port"});
    if (number == nullptr) continue;
    if (fits(ports[index], target)) fitting.push_back(*number);
    if (*number != target.port) continue;
    if (fits(ports[index], target)) return {};
    return wrong_protocol(service, fmt::format("spec.ports[{}]", index), ports[index], target);
  }
  TargetProblem problem{fmt::format("{} has no port {}", service.ref.title(), target.port)};
  if (fitting.size() == 1) problem.meant = {{"port", fitting.front()}};
  return problem;
}

}  // namespace

std::optional<ProviderTarget> target_of(const json& entry) {
  const std::string kind(kind_of_provider(entry));
  if (kind.empty()) return std::nullopt;
  const json& settings = entry[kind];
  ProviderTarget target;
  target.service = string_member(settings, {"service"});
  if (target.service.empty()) return std::nullopt;
  const json* port = find_member(settings, {"port"});
  if (port != nullptr && port->is_number_integer()) target.port = port->get<int>();
  const bool otlp_by_http = kind == "opentelemetry" && settings.contains("http");
  target.is_http = otlp_by_http || kind == "zipkin" || kind == "datadog";
  target.is_grpc = !target.is_http;
  return target;
}

TargetProblem find_problem(const Snapshot& snapshot, const ProviderTarget& target) {
  const auto slash = target.service.find('/');
  const std::string ns = slash == std::string::npos ? "" : target.service.substr(0, slash);
  const std::string host = slash == std::string::npos ? target.service : target.service.substr(slash + 1);
  const auto entries = service_entries(snapshot, host, ns);
  if (entries.size() > 1 && ns.empty() && entries.front()->ref.ns != entries.back()->ref.ns) {
    return {fmt::format("the host {} is declared in {} and in {}, and istiod takes neither unless the provider says "
                        "which (namespace/host)",
                        policy::in_quotes(host), entries.front()->ref.ns, entries.back()->ref.ns),
            {{"service", entries.front()->ref.ns + "/" + host}}};
  }
  if (!entries.empty()) return {};
  const auto split = split_host(host);
  if (!split) return missing(snapshot, host);
  const Object* service = snapshot.find(Kind::kService, split->ns, split->name);
  if (service != nullptr && (ns.empty() || ns == split->ns)) return problem_of_port(*service, target);
  if (service != nullptr) {
    return {fmt::format("{} is in {}, not in {}", service->ref.title(), split->ns, policy::in_quotes(ns)),
            {{"service", host}}};
  }
  if (!snapshot.knows(Kind::kService) || may_be_meant(snapshot, split->name)) return {};
  TargetProblem problem{
      fmt::format("there is no Service {} in {}", policy::in_quotes(split->name), policy::in_quotes(split->ns)),
      meant_service(snapshot, *split)};
  problem.is_sure = snapshot.options().is_cluster || !snapshot.in(Kind::kService, split->ns).empty();
  return problem;
}

}  // namespace meshtrace::audit
