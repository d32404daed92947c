#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/audit/checks/checks.h"
#include "core/audit/envoy_filters.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"
#include "core/base/json.h"
#include "core/mesh/document.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Names of before Envoy 1.14, which istiod compares as they stand and never generates.
struct Renamed {
  std::string_view old_name;
  const char* name;
};
constexpr std::array<Renamed, 8> kRenamed{{
    {"envoy.http_connection_manager", kConnectionManager},
    {"envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"},
    {"envoy.router", "envoy.filters.http.router"},
    {"envoy.cors", "envoy.filters.http.cors"},
    {"envoy.fault", "envoy.filters.http.fault"},
    {"envoy.grpc_web", "envoy.filters.http.grpc_web"},
    {"envoy.lua", "envoy.filters.http.lua"},
    {"envoy.rate_limit", "envoy.filters.http.ratelimit"},
}};

struct Idle {
  std::string field;
  std::string why;
  std::string fix;
};

// Filters of istiod's own listeners by the last word of their names; others may be inserted by other EnvoyFilters.
constexpr std::string_view kNetworkFilters = "envoy.filters.network.";
constexpr std::array<std::string_view, 2> kNetworkNames{"http_connection_manager", "tcp_proxy"};
constexpr std::string_view kHttpFilters = "envoy.filters.http.";
constexpr std::array<std::string_view, 5> kHttpNames{"router", "cors", "fault", "grpc_web", "grpc_stats"};

std::optional<Idle> misspelt_name(const Object& filter, const FilterPatch& patch, const std::string& below,
                                  std::string_view prefix, std::span<const std::string_view> known) {
  const json& chain = object_member(*patch.match, {"listener", "filterChain", "filter"});
  const std::string name = below.empty() ? string_member(chain, {"name"}) : string_member(chain, {"subFilter", "name"});
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view word = std::string_view(name).substr(prefix.size());
  const std::string_view meant = policy::nearest(word, known);
  if (meant.empty() || meant == word) return std::nullopt;
  const std::string field = patch.field + ".match.listener.filterChain.filter" + below + ".name";
  return Idle{field, fmt::format("istiod generates no filter named {}", policy::in_quotes(name)),
              patch_command(filter, replace_field(filter, field, std::string(prefix).append(meant)))};
}

std::optional<Idle> old_name(const Object& filter, const FilterPatch& patch) {
  const json& chain = object_member(*patch.match, {"listener", "filterChain"});
  for (const auto& [name, below] :
       {std::pair(string_member(chain, {"filter", "name"}), "name"),
        std::pair(string_member(chain, {"filter", "subFilter", "name"}), "subFilter.name")}) {
    const auto found = std::find_if(kRenamed.begin(), kRenamed.end(),
                                    [&](const Renamed& renamed) { return renamed.old_name == name; });
    if (found == kRenamed.end()) continue;
    const std::string field = patch.field + ".match.listener.filterChain.filter." + below;
    return Idle{field, fmt::format("istiod generates no filter named {}; it has been {} for years", name, found->name),
                patch_command(filter, replace_field(filter, field, found->name))};
  }
  return std::nullopt;
}

// Operations that istiod passes over for want of a filter to do them to, and those that a kind of object does not know.
std::optional<Idle> idle_operation(const Object& filter, const FilterPatch& patch) {
  const json& chain = object_member(*patch.match, {"listener", "filterChain"});
  const bool names_filter = find_member(chain, {"filter"}) != nullptr;
  const bool names_sub_filter = find_member(chain, {"filter", "subFilter"}) != nullptr;
  const bool needs_filter = patch.operation == "REMOVE" || patch.operation == "REPLACE";
  const bool is_idle = (patch.apply_to == "NETWORK_FILTER" && needs_filter && !names_filter) ||
                       (patch.apply_to == "HTTP_FILTER" && needs_filter && !names_sub_filter);
  if (is_idle) {
    return Idle{
        patch.field + ".match",
        fmt::format("{} to {} does nothing without the name of a filter in its match", patch.operation, patch.apply_to),
        fmt::format("In {}, name the filter in {}.match.listener.filterChain.filter.", filter.ref.title(),
                    patch.field)};
  }
  const bool merges_filter =
      patch.operation == "MERGE" && (patch.apply_to == "NETWORK_FILTER" || patch.apply_to == "HTTP_FILTER");
  if (merges_filter && find_member(*patch.value, {"typed_config"}) == nullptr &&
      find_member(*patch.value, {"typedConfig"}) == nullptr) {
    return Idle{patch.field + ".patch.value", "a MERGE without typed_config changes nothing of the filter",
                fmt::format("In {}, put the settings below {}.patch.value.typed_config, with their \"@type\".",
                            filter.ref.title(), patch.field)};
  }
  if (patch.apply_to == "ROUTE_CONFIGURATION" && !patch.operation.starts_with("MERGE")) {
    return Idle{patch.field + ".patch.operation", "istiod knows MERGE alone for ROUTE_CONFIGURATION",
                patch_command(filter, replace_field(filter, patch.field + ".patch.operation", "MERGE"))};
  }
  return std::nullopt;
}

// "^1\.9.*" and "^1\.9\..*": one release, or those whose numbers begin so. Other patterns are not read.
std::optional<Idle> other_version(const Model& model, const Object& filter, const FilterPatch& patch) {
  constexpr std::string_view kPrefix = "^1\\.";
  const std::string pattern = string_member(*patch.match, {"proxy", "proxyVersion"});
  if (!model.mesh.istio() || !pattern.starts_with(kPrefix)) return std::nullopt;
  const std::size_t end = std::min(pattern.find_first_not_of("0123456789", kPrefix.size()), pattern.size());
  const std::string minor = pattern.substr(kPrefix.size(), end - kPrefix.size());
  const std::string rest = pattern.substr(end);
  const std::string running = std::to_string(model.mesh.istio()->minor);
  const bool is_exact = rest.starts_with("\\.");
  const bool is_read = !minor.empty() && (is_exact || rest.empty() || rest == ".*");
  if (!is_read || (is_exact ? running == minor : running.starts_with(minor))) return std::nullopt;
  const std::string field = patch.field + ".match.proxy.proxyVersion";
  return Idle{field,
              fmt::format("it is for proxies of version {}, and the mesh runs Istio {}", policy::in_quotes(pattern),
                          model.mesh.istio()->text()),
              patch_command(filter, remove_field(filter, field))};
}

// What the selector, or the target, leaves of the workloads that are known.
struct Reached {
  bool any = false;
  bool gateway = false;
  bool sidecar = false;
};

// Besides what looks like a gateway's proxy, what some Gateway selects.
bool is_gateway(const Model& model, const Workload& workload) {
  const auto nodes = model.paths.nodes();
  return workload.is_gateway || std::any_of(nodes.begin(), nodes.end(), [&](const PathNode& node) {
           return node.kind == PathNode::Kind::kGateway && node.workload == &workload;
         });
}

Reached reached_by(const Model& model, const Object& filter) {
  Reached reached;
  const bool everywhere = filter.ref.ns == model.snapshot.root_namespace();
  for (const Workload& workload : model.workloads.all()) {
    if (!everywhere && workload.ns != filter.ref.ns) continue;
    if (!reaches(model.snapshot, filter, {.ns = workload.ns, .labels = workload.labels})) continue;
    reached.any = true;
    if (is_gateway(model, workload)) {
      reached.gateway = true;
    } else if (workload.mesh == MeshMode::kSidecar) {
      reached.sidecar = true;
    }
  }
  return reached;
}

bool knows_workloads_of(const Model& model, const Object& filter) {
  const auto workloads = model.workloads.all();
  const bool everywhere = filter.ref.ns == model.snapshot.root_namespace();
  return std::any_of(workloads.begin(), workloads.end(),
                     [&](const Workload& workload) { return everywhere || workload.ns == filter.ref.ns; });
}

std::optional<Idle> no_workload(const Model& model, const Object& filter) {
  if (object_member(filter.spec(), {"workloadSelector", "labels"}).empty() || !knows_workloads_of(model, filter)) {
    return std::nullopt;
  }
  const Reached reached = reached_by(model, filter);
  const std::string field = "spec.workloadSelector.labels";
  if (!reached.any) {
    return Idle{field, "no workload has the labels of its selector",
                fmt::format("In {}, write the labels of the workload's pods, or delete it.", filter.ref.title())};
  }
  for (const FilterPatch& patch : patches_of(filter)) {
    if (patch.context == "GATEWAY" && !reached.gateway && reached.sidecar) {
      return Idle{patch.field + ".match.context", "its selector reaches sidecars alone, and the patch is for gateways",
                  patch_command(filter, replace_field(filter, patch.field + ".match.context", "ANY"))};
    }
    if (patch.context.starts_with("SIDECAR_") && reached.gateway && !reached.sidecar) {
      return Idle{patch.field + ".match.context", "its selector reaches gateways alone, and the patch is for sidecars",
                  patch_command(filter, replace_field(filter, patch.field + ".match.context", "GATEWAY"))};
    }
  }
  return std::nullopt;
}

std::optional<Idle> no_target(const Model& model, const Object& filter) {
  const json& refs = array_member(filter.spec(), {"targetRefs"});
  for (std::size_t at = 0; at < refs.size(); ++at) {
    const std::string name = string_member(refs[at], {"name"});
    if (string_member(refs[at], {"kind"}) != "Gateway" || !model.snapshot.knows(Kind::kKubernetesGateway)) continue;
    if (model.snapshot.find(Kind::kKubernetesGateway, filter.ref.ns, name) != nullptr) continue;
    return Idle{fmt::format("spec.targetRefs[{}]", at),
                fmt::format("there is no Gateway {} in its namespace", policy::in_quotes(name)),
                fmt::format("In {}, name a Gateway of namespace {}; others cannot be targeted.", filter.ref.title(),
                            filter.ref.ns)};
  }
  return std::nullopt;
}

void report(const Object& filter, const std::optional<Idle>& idle, Findings& findings) {
  if (!idle) return;
  findings.add(filter,
               fmt::format("The EnvoyFilter changes nothing: {}. Header limits and rules that it states do not hold.",
                           idle->why),
               {.field = idle->field, .fix = idle->fix});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  if (mesh::is_ours(subject.value)) return;
  report(subject, no_workload(model, subject), findings);
  report(subject, no_target(model, subject), findings);
  for (const FilterPatch& patch : patches_of(subject)) {
    std::optional<Idle> idle = old_name(subject, patch);
    if (!idle) idle = misspelt_name(subject, patch, "", kNetworkFilters, kNetworkNames);
    if (!idle) idle = misspelt_name(subject, patch, ".subFilter", kHttpFilters, kHttpNames);
    if (!idle) idle = idle_operation(subject, patch);
    if (!idle) idle = other_version(model, subject, patch);
    report(subject, idle, findings);
  }
}

}  // namespace

const Check kMatchesNothing{
    .code = "MT0604",
    .severity = Severity::kWarning,
    .title = "EnvoyFilter that changes nothing",
    .effect = "Header limits, header rules or tracing settings that it states do not hold at any proxy.",
    .page = R"(Nothing refuses such an EnvoyFilter, and no proxy shows it:

- its `workloadSelector` has labels that no workload has, or it selects gateways with patches for sidecars (or the other way);
- its `targetRefs` name a Gateway that is not in its namespace;
- its match names a filter by a name of before Envoy 1.14 (`envoy.http_connection_manager`), which istiod compares as it stands;
- REMOVE or REPLACE without a filter's name, MERGE without `typed_config`, anything but MERGE for ROUTE_CONFIGURATION;
- `proxyVersion` of a release that the mesh does not run.

Workloads and Gateways are compared with those that are known: of files, only where there are some of them.

Sources: Istio, EnvoyFilter; pilot/pkg/networking/core/envoyfilter and pilot/pkg/model/policyattachment.go.)",
    .subjects = {Kind::kEnvoyFilter},
    .reads = kPathKinds | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
