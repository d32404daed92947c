// Sources: Istio, "Installing the Sidecar" (which labels decide) and "Ambient: Add workloads"; Linkerd, "Automatic
// Proxy Injection".
#include <algorithm>

#include "core/audit/workload_read.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

std::string text_of(const std::map<std::string, std::string>& map, const char* key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string() : found->second;
}

bool has_container(const Workload& workload, std::string_view name) {
  return std::any_of(workload.containers.begin(), workload.containers.end(),
                     [&](const Container& container) { return container.name == name; });
}

// As the selectors of Istio's webhooks decide for a pod that is still to be made.
bool will_get_sidecar(const Workload& workload, const Object* ns) {
  if (workload.host_network) return false;
  const std::string injection = ns == nullptr ? "" : ns->label("istio-injection");
  if (injection == "disabled") return false;
  std::string wish = text_of(workload.labels, "sidecar.istio.io/inject");
  if (wish.empty()) wish = text_of(workload.annotations, "sidecar.istio.io/inject");
  if (wish == "false") return false;
  const bool has_revision =
      workload.labels.contains("istio.io/rev") || (ns != nullptr && !ns->label("istio.io/rev").empty());
  return wish == "true" || injection == "enabled" || has_revision;
}

bool is_ambient(const Workload& workload, const Object* ns) {
  if (workload.host_network) return false;
  const std::string own = text_of(workload.labels, "istio.io/dataplane-mode");
  if (!own.empty()) return own == "ambient";
  return ns != nullptr && ns->label("istio.io/dataplane-mode") == "ambient";
}

bool will_get_linkerd(const Workload& workload, const Object* ns) {
  std::string wish = text_of(workload.annotations, "linkerd.io/inject");
  if (wish.empty() && ns != nullptr) wish = ns->annotation("linkerd.io/inject");
  return wish == "enabled" || wish == "ingress";
}

}  // namespace

MeshMode mesh_mode_of(const Workload& workload, const Object* namespace_object, bool is_running) {
  if (has_container(workload, "istio-proxy") || workload.annotations.contains("sidecar.istio.io/status")) {
    return MeshMode::kSidecar;
  }
  if (has_container(workload, "linkerd-proxy")) return MeshMode::kLinkerd;
  if (!is_running && will_get_sidecar(workload, namespace_object)) return MeshMode::kSidecar;
  if (is_ambient(workload, namespace_object)) return MeshMode::kAmbient;
  if (!is_running && will_get_linkerd(workload, namespace_object)) return MeshMode::kLinkerd;
  return MeshMode::kNone;
}

bool is_gateway_proxy(const Workload& workload) {
  if (text_of(workload.annotations, "inject.istio.io/templates").find("gateway") != std::string::npos) return true;
  if (workload.labels.contains("gateway.networking.k8s.io/gateway-name")) return true;
  for (const Container& container : workload.containers) {
    if (container.name != "istio-proxy") continue;
    const nlohmann::json& args = array_member(*container.json, {"args"});
    // pilot-agent's arguments: "proxy sidecar", "proxy router" or "proxy waypoint".
    if (args.size() > 1 && (args[1] == "router" || args[1] == "waypoint")) return true;
  }
  return false;
}

}  // namespace meshtrace::audit
