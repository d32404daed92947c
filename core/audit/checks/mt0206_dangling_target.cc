#include <fmt/format.h>

#include <array>
#include <optional>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// What targetRefs may name, by istiod's validation.
struct Target {
  std::string_view group;
  std::string_view kind;
  Kind known;
};
constexpr std::array kTargets{
    Target{"gateway.networking.k8s.io", "Gateway", Kind::kKubernetesGateway},
    Target{"gateway.networking.k8s.io", "GatewayClass", Kind::kGatewayClass},
    Target{"", "Service", Kind::kService},
    Target{"networking.istio.io", "ServiceEntry", Kind::kServiceEntry},
};

const Target* find_target(const nlohmann::json& ref) {
  std::string group = string_member(ref, {"group"});
  if (group == "core") group.clear();
  for (const Target& target : kTargets) {
    if (target.group == group && target.kind == string_member(ref, {"kind"})) return &target;
  }
  return nullptr;
}

// The name that was meant: the nearest one that is there.
std::string meant_name(const Model& model, const Object& telemetry, Kind kind, std::string_view name) {
  std::vector<std::string_view> names;
  for (const ObjectPointer& object : model.snapshot.in(kind, name_of(kind).namespaced ? telemetry.ref.ns : "")) {
    names.push_back(object->ref.name);
  }
  return std::string(policy::nearest(name, names));
}

void run(const Model& model, const Object& telemetry, Findings& findings) {
  const TargetRefs targets = target_refs_of(telemetry);
  for (std::size_t index = 0; index < targets.refs.size(); ++index) {
    const nlohmann::json& ref = *targets.refs[index];
    const std::string field = targets.is_list ? fmt::format("spec.targetRefs[{}]", index) : "spec.targetRef";
    const std::string name = string_member(ref, {"name"});
    const std::string ns = string_member(ref, {"namespace"});
    if (!ns.empty() && ns != telemetry.ref.ns) {
      findings.add(telemetry,
                   fmt::format("The Telemetry does not hold for {} {}/{}: a target must be in the Telemetry's own "
                               "namespace.",
                               string_member(ref, {"kind"}), ns, name),
                   {.field = field + ".namespace",
                    .fix = fmt::format("Move the Telemetry into the namespace {}.", policy::in_quotes(ns))});
      continue;
    }
    const Target* target = find_target(ref);
    if (target == nullptr || (model.snapshot.options().is_cluster && !model.snapshot.knows(target->known))) continue;
    const bool namespaced = name_of(target->known).namespaced;
    if (model.snapshot.find(target->known, namespaced ? telemetry.ref.ns : "", name) != nullptr) continue;
    const std::string meant = meant_name(model, telemetry, target->known, name);
    findings.add(telemetry,
                 fmt::format("The Telemetry does not hold for {} {}: there is none of that name{}.", target->kind,
                             policy::in_quotes(name), namespaced ? " in its namespace" : ""),
                 {.field = field + ".name",
                  .fix = meant.empty() ? fmt::format("Create the {} {}, or take the target out of the Telemetry.",
                                                     target->kind, policy::in_quotes(name))
                                       : patch_command(telemetry, replace_field(telemetry, field + ".name", meant)),
                  // Files may be a part: the target may stand in another one.
                  .severity = model.snapshot.knows(target->known) ? std::nullopt : std::optional(Severity::kInfo)});
  }
}

}  // namespace

const Check kDanglingTarget{
    .code = "MT0206",
    .severity = Severity::kWarning,
    .title = "targetRefs point at nothing",
    .effect = "What the Telemetry says about sampling, providers or logs is not in force at that gateway or waypoint.",
    .page =
        R"(A Telemetry's `targetRefs` names a Gateway, GatewayClass, Service or ServiceEntry that does not exist, or one in
another namespace, which is never looked at. Proxies of Gateway API gateways and waypoints take nothing but what targets
them, so that tracing is then as the namespace or the mesh has it.

Mend the name. An Istio `Gateway` (networking.istio.io) cannot be a target: its pods are reached by a `selector`.

Limits: where the files have no object of the target's kind at all it is an info, for it may stand in another one.

Sources: Istio, Telemetry API, `targetRefs`; pilot/pkg/model/policyattachment.go.)",
    .subjects = {Kind::kTelemetry},
    .reads = {Kind::kKubernetesGateway, Kind::kGatewayClass, Kind::kService, Kind::kServiceEntry},
    .run = run,
};

}  // namespace meshtrace::audit
