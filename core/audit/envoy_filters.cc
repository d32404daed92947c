#include "core/audit/envoy_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "core/audit/workload_read.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kGatewayNameLabel = "gateway.networking.k8s.io/gateway-name";
constexpr const char* kWaypointClass = "istio-waypoint";

const json& empty_object() {
  static const json kEmpty = json::object();
  return kEmpty;
}

// Rising: the priority, the root namespace before others, the older before the younger, the name.
using OrderKey = std::tuple<int, bool, std::string, std::string>;
OrderKey order_key(const Snapshot& snapshot, const Object& filter) {
  const json* priority = find_member(filter.spec(), {"priority"});
  return {priority != nullptr && priority->is_number_integer() ? priority->get<int>() : 0,
          filter.ref.ns != snapshot.root_namespace(), string_member(filter.value, {"metadata", "creationTimestamp"}),
          filter.ref.name + "." + filter.ref.ns};
}

// A Gateway API gateway by its name; waypoints by the root namespace's GatewayClass, too. What a waypoint's Services
// say is not followed.
bool targets(const Snapshot& snapshot, const Object& filter, const json& ref, const Proxy& proxy,
             const std::string& gateway) {
  const std::string kind = string_member(ref, {"kind"});
  const std::string name = string_member(ref, {"name"});
  if (kind == "GatewayClass") {
    return proxy.is_waypoint && name == kWaypointClass && filter.ref.ns == snapshot.root_namespace();
  }
  return kind == "Gateway" && name == gateway && filter.ref.ns == proxy.ns;
}

}  // namespace

Proxy proxy_of(const Snapshot& snapshot, const PathNode& node) {
  const bool has_proxy = node.kind == PathNode::Kind::kGateway || node.mesh == MeshMode::kSidecar;
  if (!has_proxy) return {};
  Proxy proxy;
  if (node.workload != nullptr) {
    proxy = {.ns = node.workload->ns, .labels = node.workload->labels};
  } else if (node.object != nullptr && node.object->kind == Kind::kGateway) {
    proxy = {.ns = node.ns, .labels = strings_of(object_member(node.object->spec(), {"selector"}))};
  } else if (node.object != nullptr && node.object->kind == Kind::kIngress) {
    proxy = {.ns = snapshot.root_namespace(), .labels = {{"istio", "ingressgateway"}}};
  } else {
    proxy = {.ns = node.ns, .labels = {}};
  }
  if (node.object != nullptr && node.object->kind == Kind::kKubernetesGateway) {
    proxy.labels[kGatewayNameLabel] = node.object->ref.name;
    proxy.is_waypoint = string_member(node.object->spec(), {"gatewayClassName"}) == kWaypointClass;
  }
  return proxy;
}

bool has_labels(const Proxy& proxy, const json& wanted) {
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& label) {
    const auto found = proxy.labels.find(label.key());
    return found != proxy.labels.end() && label.value() == found->second;
  });
}

bool reaches(const Snapshot& snapshot, const Object& filter, const Proxy& proxy) {
  if (proxy.ns.empty()) return false;
  if (filter.ref.ns != proxy.ns && filter.ref.ns != snapshot.root_namespace()) return false;
  const json& refs = array_member(filter.spec(), {"targetRefs"});
  const auto gateway = proxy.labels.find(kGatewayNameLabel);
  if (gateway == proxy.labels.end())
    return refs.empty() && has_labels(proxy, object_member(filter.spec(), {"workloadSelector", "labels"}));
  if (refs.empty())
    return !proxy.is_waypoint && has_labels(proxy, object_member(filter.spec(), {"workloadSelector", "labels"}));
  return std::any_of(refs.begin(), refs.end(),
                     [&](const json& ref) { return targets(snapshot, filter, ref, proxy, gateway->second); });
}

bool may_reach(const Snapshot& snapshot, const Object& object, const PathNode& node) {
  const std::string& ns = node.workload != nullptr ? node.workload->ns : node.ns;
  return object.ref.ns == ns || object.ref.ns == snapshot.root_namespace();
}

std::vector<const Object*> filters_of(const Snapshot& snapshot, const Proxy& proxy) {
  std::vector<const Object*> filters;
  const auto add = [&](std::string_view ns) {
    for (const ObjectPointer& filter : snapshot.in(Kind::kEnvoyFilter, ns)) filters.push_back(filter.get());
  };
  add(snapshot.root_namespace());
  if (proxy.ns != snapshot.root_namespace()) add(proxy.ns);
  return in_order(snapshot, filters, proxy);
}

std::vector<const Object*> in_order(const Snapshot& snapshot, const std::vector<const Object*>& some,
                                    const Proxy& proxy) {
  std::vector<std::pair<OrderKey, const Object*>> keyed;
  for (const Object* filter : some) {
    if (filter->kind != Kind::kEnvoyFilter || !reaches(snapshot, *filter, proxy)) continue;
    keyed.emplace_back(order_key(snapshot, *filter), filter);
  }
  std::sort(keyed.begin(), keyed.end(), [](const auto& one, const auto& other) { return one.first < other.first; });
  std::vector<const Object*> filters;
  for (const auto& [key, filter] : keyed) filters.push_back(filter);
  return filters;
}

bool is_applied_before(const Snapshot& snapshot, const Object& one, const Object& other) {
  return order_key(snapshot, one) < order_key(snapshot, other);
}

std::vector<FilterPatch> patches_of(const Object& filter) {
  std::vector<FilterPatch> patches;
  const json& list = array_member(filter.spec(), {"configPatches"});
  for (std::size_t at = 0; at < list.size(); ++at) {
    FilterPatch patch;
    patch.filter = &filter;
    patch.field = fmt::format("spec.configPatches[{}]", at);
    patch.apply_to = string_member(list[at], {"applyTo"});
    patch.match = &object_member(list[at], {"match"});
    patch.context = string_member(*patch.match, {"context"});
    if (patch.context.empty()) patch.context = "ANY";
    patch.operation = string_member(list[at], {"patch", "operation"});
    const json* value = find_member(list[at], {"patch", "value"});
    patch.value = value == nullptr ? &empty_object() : value;
    patches.push_back(std::move(patch));
  }
  return patches;
}

bool holds_in(const FilterPatch& patch, PatchContext context) {
  if (patch.context == "ANY") return true;
  switch (context) {
    case PatchContext::kGateway:
      return patch.context == "GATEWAY";
    case PatchContext::kInbound:
      return patch.context == "SIDECAR_INBOUND";
    case PatchContext::kOutbound:
      return patch.context == "SIDECAR_OUTBOUND";
  }
  return false;
}

bool merges_connection_manager(const FilterPatch& patch) {
  if (patch.apply_to != "NETWORK_FILTER" || patch.operation != "MERGE") return false;
  if (find_member(*patch.match, {"proxy"}) != nullptr) return false;
  const json& listener = object_member(*patch.match, {"listener"});
  const json& chain = object_member(listener, {"filterChain"});
  const bool is_wide = std::all_of(listener.items().begin(), listener.items().end(),
                                   [](const auto& member) { return member.key() == "filterChain"; }) &&
                       std::all_of(chain.items().begin(), chain.items().end(),
                                   [](const auto& member) { return member.key() == "filter"; });
  return is_wide && string_member(chain, {"filter", "name"}) == kConnectionManager;
}

const json* proto_member(const json& object, std::string_view snake_case) {
  if (const json* member = find_member(object, {std::string(snake_case).c_str()})) return member;
  std::string camel_case;
  bool upper = false;
  for (const char c : snake_case) {
    if (c != '_') camel_case += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '_';
  }
  return find_member(object, {camel_case.c_str()});
}

}  // namespace meshtrace::audit
