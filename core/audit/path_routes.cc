#include "core/audit/path_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "core/audit/path_hosts.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

std::string gateway_name(const std::string& written, const Object& by) {
  return written == kMeshGateway || written.find('/') != std::string::npos ? written : by.ref.ns + "/" + written;
}

bool names(const json& gateways, const Object& by, std::string_view gateway) {
  return std::any_of(gateways.begin(), gateways.end(), [&](const json& name) {
    return name.is_string() && gateway_name(name.get<std::string>(), by) == gateway;
  });
}

// Whether one of the rule's matches lets requests of the gateway in.
bool holds_at(const json& rule, const Object& by, std::string_view gateway) {
  const json& matches = array_member(rule, {"match"});
  return matches.empty() || std::any_of(matches.begin(), matches.end(), [&](const json& match) {
           const json& gateways = array_member(match, {"gateways"});
           return gateways.empty() || names(gateways, by, gateway);
         });
}

class RuleReader {
 public:
  RuleReader(const Snapshot& snapshot, std::string_view gateway) : snapshot_(snapshot), gateway_(gateway) {}

  void read(const Object& by) {
    for (const char* kind : {"http", "tls", "tcp"}) {
      const json& rules = array_member(by.spec(), {kind});
      for (std::size_t at = 0; at < rules.size(); ++at) {
        const std::string field = fmt::format("spec.{}[{}]", kind, at);
        if (!holds_at(rules[at], by, gateway_)) continue;
        std::vector<HeaderChange> changes;
        read_request_headers(by, rules[at], field, changes);
        if (find_member(rules[at], {"delegate"}) != nullptr) {
          delegate(by, rules[at], changes);
        } else {
          routes(by, rules[at], field, changes);
        }
      }
    }
  }

  std::vector<Destination> destinations;

 private:
  void routes(const Object& by, const json& rule, const std::string& field, const std::vector<HeaderChange>& changes) {
    const json& list = array_member(rule, {"route"});
    for (std::size_t at = 0; at < list.size(); ++at) {
      Destination to{.by = &by, .field = fmt::format("{}.route[{}]", field, at), .changes = changes};
      to.host = string_member(list[at], {"destination", "host"});
      to.port = port_number(list[at], {"destination", "port", "number"});
      to.service = istio_service(snapshot_, to.host, by.ref.ns);
      read_request_headers(by, list[at], to.field, to.changes);
      destinations.push_back(std::move(to));
    }
  }

  // A delegate delegates no further, and the root's headers hold for rules of it that have none.
  void delegate(const Object& root, const json& rule, const std::vector<HeaderChange>& inherited) {
    std::string ns = string_member(rule, {"delegate", "namespace"});
    if (ns.empty()) ns = root.ref.ns;
    const Object* to = snapshot_.find(Kind::kVirtualService, ns, string_member(rule, {"delegate", "name"}));
    if (to == nullptr || !is_exported(array_member(to->spec(), {"exportTo"}), ns, root.ref.ns)) return;
    const json& rules = array_member(to->spec(), {"http"});
    for (std::size_t at = 0; at < rules.size(); ++at) {
      const std::string field = fmt::format("spec.http[{}]", at);
      std::vector<HeaderChange> changes = inherited;
      if (find_member(rules[at], {"headers"}) != nullptr) {
        changes.clear();
        read_request_headers(*to, rules[at], field, changes);
      }
      routes(*to, rules[at], field, changes);
    }
  }

  const Snapshot& snapshot_;
  std::string_view gateway_;
};

}  // namespace

int port_number(const json& value, std::initializer_list<const char*> keys) {
  const json* port = find_member(value, keys);
  return port != nullptr && port->is_number_integer() ? port->get<int>() : 0;
}

std::vector<Destination> destinations_of(const Snapshot& snapshot, const Object& virtual_service,
                                         std::string_view gateway) {
  RuleReader reader(snapshot, gateway);
  reader.read(virtual_service);
  return std::move(reader.destinations);
}

std::vector<Destination> backends_of(const Snapshot& snapshot, const Object& route) {
  std::vector<Destination> destinations;
  const json& rules = array_member(route.spec(), {"rules"});
  for (std::size_t at = 0; at < rules.size(); ++at) {
    const std::string field = fmt::format("spec.rules[{}]", at);
    std::vector<HeaderChange> changes;
    read_filters(route, rules[at], field, changes);
    const json& backends = array_member(rules[at], {"backendRefs"});
    for (std::size_t number = 0; number < backends.size(); ++number) {
      const json& backend = backends[number];
      Destination to{.by = &route, .field = fmt::format("{}.backendRefs[{}]", field, number), .changes = changes};
      const std::string kind = string_member(backend, {"kind"});
      if (!kind.empty() && kind != "Service") continue;
      std::string ns = string_member(backend, {"namespace"});
      if (ns.empty()) ns = route.ref.ns;
      to.service = snapshot.find(Kind::kService, ns, string_member(backend, {"name"}));
      to.port = port_number(backend, {"port"});
      read_filters(route, backend, to.field, to.changes);
      destinations.push_back(std::move(to));
    }
  }
  return destinations;
}

std::vector<std::string> gateways_of(const Object& virtual_service) {
  std::vector<std::string> gateways;
  for (const json& gateway : array_member(virtual_service.spec(), {"gateways"})) {
    if (gateway.is_string()) gateways.push_back(gateway_name(gateway.get<std::string>(), virtual_service));
  }
  if (gateways.empty()) gateways.emplace_back(kMeshGateway);
  return gateways;
}

std::map<const Object*, const Object*> http_rules(const Snapshot& snapshot) {
  std::map<const Object*, const Object*> rules;
  for (const ObjectPointer& object : snapshot.all(Kind::kVirtualService)) {
    const json& spec = object->spec();
    const auto gateways = gateways_of(*object);
    const bool is_of_mesh = std::find(gateways.begin(), gateways.end(), kMeshGateway) != gateways.end();
    const bool is_http_alone = !array_member(spec, {"http"}).empty() && array_member(spec, {"tcp"}).empty() &&
                               array_member(spec, {"tls"}).empty();
    if (!is_of_mesh || !is_http_alone) continue;
    for (const json& host : array_member(spec, {"hosts"})) {
      if (!host.is_string()) continue;
      const Object* service = istio_service(snapshot, host.get_ref<const std::string&>(), object->ref.ns);
      if (service != nullptr) rules.try_emplace(service, object.get());
    }
  }
  return rules;
}

bool is_older(const Object& one, const Object& other) {
  const auto key = [](const Object& object) {
    // RFC 3339 in UTC sorts as text.
    return std::tuple(string_member(object.value, {"metadata", "creationTimestamp"}), object.ref.name, object.ref.ns);
  };
  return key(one) < key(other);
}

MeshRoutes::MeshRoutes(const Snapshot& snapshot) {
  for (const ObjectPointer& object : snapshot.all(Kind::kVirtualService)) {
    const auto gateways = gateways_of(*object);
    if (std::find(gateways.begin(), gateways.end(), kMeshGateway) == gateways.end()) continue;
    for (const json& host : array_member(object->spec(), {"hosts"})) {
      if (!host.is_string()) continue;
      const std::string full = full_host(host.get<std::string>(), object->ref.ns);
      if (full.starts_with('*')) {
        wildcards_.emplace_back(full, object.get());
      } else {
        exact_[full].push_back(object.get());
      }
    }
  }
  for (auto& [host, objects] : exact_) {
    std::stable_sort(objects.begin(), objects.end(), [](const Object* a, const Object* b) { return is_older(*a, *b); });
  }
  std::stable_sort(wildcards_.begin(), wildcards_.end(), [](const auto& a, const auto& b) {
    return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : is_older(*a.second, *b.second);
  });
}

const Object* MeshRoutes::find(std::string_view host, std::string_view from_namespace) const {
  const auto is_visible = [&](const Object& object) {
    return is_exported(array_member(object.spec(), {"exportTo"}), object.ref.ns, from_namespace);
  };
  const Object* found = nullptr;
  if (const auto at = exact_.find(host); at != exact_.end()) {
    for (const Object* object : at->second) {
      if (!is_visible(*object)) continue;
      if (object->ref.ns == from_namespace) return object;
      if (found == nullptr) found = object;
    }
  }
  if (found != nullptr) return found;
  for (const auto& [wildcard, object] : wildcards_) {
    if (hosts_meet(wildcard, host) && is_visible(*object)) return object;
  }
  return nullptr;
}

}  // namespace meshtrace::audit
