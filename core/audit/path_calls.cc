// Calls between workloads, as far as their variables and arguments name a Service or a host of the outside. What a
// program has in its own files or finds out by itself is not known.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "core/audit/path_builder.h"
#include "core/audit/path_hosts.h"
#include "core/audit/path_named_hosts.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCallsOfWorkload = 64;  // Services; more are a directory and no calls
// A name alone is a host only in a variable that says so; "APP=reviews" is none.
constexpr std::array<std::string_view, 5> kHostWords{"HOST", "ADDR", "URL", "URI", "ENDPOINT"};
// Where spans go is no part of a request's way.
constexpr std::array<std::string_view, 4> kTelemetryPrefixes{"OTEL_", "JAEGER_", "DD_", "ZIPKIN_"};

bool says_host(std::string_view variable) {
  return std::any_of(kHostWords.begin(), kHostWords.end(),
                     [&](std::string_view word) { return variable.find(word) != std::string_view::npos; });
}

bool is_telemetry(std::string_view variable) {
  return std::any_of(kTelemetryPrefixes.begin(), kTelemetryPrefixes.end(),
                     [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

using ServiceRoutes = std::map<const Object*, std::vector<const Object*>>;

// HTTPRoutes and GRPCRoutes whose parent is a Service: they hold for calls in the mesh.
ServiceRoutes routes_of_services(const Snapshot& snapshot) {
  ServiceRoutes routes;
  for (const Kind kind : {Kind::kHttpRoute, Kind::kGrpcRoute}) {
    for (const ObjectPointer& route : snapshot.all(kind)) {
      for (const json& parent : array_member(route->spec(), {"parentRefs"})) {
        if (string_member(parent, {"kind"}) != "Service") continue;
        std::string ns = string_member(parent, {"namespace"});
        if (ns.empty()) ns = route->ref.ns;
        const Object* service = snapshot.find(Kind::kService, ns, string_member(parent, {"name"}));
        if (service != nullptr) routes[service].push_back(route.get());
      }
    }
  }
  return routes;
}

class CallReader {
 public:
  CallReader(PathBuilder& builder, const ServiceRoutes& routes, const Workload& workload, std::string id)
      : builder_(builder), routes_(routes), workload_(workload), id_(std::move(id)) {}

  void read() {
    for (const Container& container : workload_.containers) {
      if (container.is_proxy || container.is_init) continue;
      for (const EnvVariable& variable : container.env) {
        if (!variable.value || variable.by_policy || is_telemetry(variable.name)) continue;
        names(*variable.value, says_host(variable.name), variable.field);
      }
      if (container.json == nullptr) continue;
      for (const char* list : {"command", "args"}) {
        const json& words = array_member(*container.json, {list});
        for (std::size_t at = 0; at < words.size(); ++at) {
          if (words[at].is_string()) {
            names(words[at].get_ref<const std::string&>(), false, fmt::format("{}.{}[{}]", container.field, list, at));
          }
        }
      }
    }
  }

 private:
  void names(const std::string& text, bool is_host, const std::string& field) {
    for (const NamedHost& named : named_hosts(text)) {
      if (calls_ >= kMaxCallsOfWorkload) return;
      if (!is_host && named.port == 0 && named.scheme.empty()) continue;
      if (const Object* service = dns_service(builder_.snapshot(), named.host, workload_.ns)) {
        ++calls_;
        call(*service, port_called(*service, named), named.scheme.starts_with("http"), field);
      } else if (named.scheme.starts_with("http") && named.host.find('.') != std::string::npos) {
        ++calls_;
        call_outside(named, field);
      }
    }
  }

  static int port_called(const Object& service, const NamedHost& named) {
    if (named.port != 0) return named.port;
    const int usual = named.scheme == "https" ? 443 : 80;
    return port_of(service, usual) != nullptr ? usual : 0;
  }

  // By the mesh's route for the host where there is one and the caller's proxy reads it, else straight to the Service.
  void call(const Object& service, int port, bool is_http, const std::string& field) {
    const bool has_proxy = workload_.mesh == MeshMode::kSidecar || workload_.mesh == MeshMode::kAmbient;
    const auto gamma = routes_.find(&service);
    const Object* route = has_proxy ? builder_.mesh_routes().find(full_host(service), workload_.ns) : nullptr;
    bool led = false;
    if (has_proxy && gamma != routes_.end()) {
      for (const Object* by : gamma->second) led |= lead_all(backends_of(builder_.snapshot(), *by), port);
    } else if (route != nullptr) {
      led = lead_all(destinations_of(builder_.snapshot(), *route, kMeshGateway), port);
    }
    if (!led) builder_.lead(id_, service, port, {.by = workload_.object, .field = field, .is_http_call = is_http});
  }

  bool lead_all(std::vector<Destination> destinations, int port) {
    bool led = false;
    for (Destination& to : destinations) {
      if (to.port == 0) to.port = port;
      led |= to.service != nullptr;
      builder_.lead(id_, to);
    }
    return led;
  }

  void call_outside(const NamedHost& named, const std::string& field) {
    const Protocol protocol = named.scheme == "https" ? Protocol::kTls : Protocol::kHttp;
    builder_.add({.from = id_,
                  .to = builder_.add_external(named.host),
                  .port = named.port,
                  .protocol = protocol,
                  .by = workload_.object,
                  .field = field,
                  .is_http_call = true});
  }

  PathBuilder& builder_;
  const ServiceRoutes& routes_;
  const Workload& workload_;
  std::string id_;
  std::size_t calls_ = 0;
};

}  // namespace

void add_calls(PathBuilder& builder) {
  const ServiceRoutes routes = routes_of_services(builder.snapshot());
  for (const Workload& workload : builder.workloads().all()) {
    const std::string id = builder.add_workload(workload);
    if (!id.empty()) CallReader(builder, routes, workload, id).read();
  }
}

}  // namespace meshtrace::audit
