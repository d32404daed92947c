#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/mesh_settings.h"
#include "core/audit/checks/telemetry_scope.h"
#include "core/audit/fix.h"
#include "core/policy/labels.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Namespaces with workloads that the selector was surely meant for.
std::set<std::string> namespaces_with(const Model& model, const std::map<std::string, std::string>& selector) {
  std::set<std::string> namespaces;
  for (const Workload& workload : model.workloads.all()) {
    if (policy::matches(selector, {workload.labels.begin(), workload.labels.end()})) namespaces.insert(workload.ns);
  }
  return namespaces;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The same Telemetry in each of these namespaces.
std::string copies(const Object& telemetry, const std::set<std::string>& namespaces) {
  std::vector<json> objects;
  for (const std::string& ns : namespaces) {
    json copy{{"apiVersion", telemetry.ref.api_version},
              {"kind", telemetry.ref.kind},
              {"metadata", {{"name", telemetry.ref.name}, {"namespace", ns}}},
              {"spec", telemetry.spec()}};
    objects.push_back(std::move(copy));
  }
  return apply_command(objects);
}

void run(const Model& model, const Object& telemetry, Findings& findings) {
  const std::string& root = model.snapshot.root_namespace();
  const auto selector = selector_of(telemetry);
  if (telemetry.ref.ns != root || selector.empty()) return;
  std::set<std::string> elsewhere = namespaces_with(model, selector);
  if (elsewhere.contains(root)) return;
  if (elsewhere.empty() && !model.snapshot.options().is_cluster) return;  // files may lack the workloads
  if (elsewhere.empty()) {
    findings.add(telemetry,
                 fmt::format("The Telemetry holds for no proxy: its selector matches no workload of {}, the root "
                             "namespace, and it does not reach into others.",
                             root),
                 {.field = "spec.selector", .fix = delete_command(telemetry.ref)});
    return;
  }
  const bool stands_there = std::all_of(elsewhere.begin(), elsewhere.end(), [&](const std::string& ns) {
    const Object* copy = model.snapshot.find(Kind::kTelemetry, ns, telemetry.ref.name);
    return copy != nullptr && copy->spec() == telemetry.spec();
  });
  findings.add(
      telemetry,
      fmt::format("The Telemetry holds for no proxy: with a selector it reaches pods of its own namespace, {}, "
                  "alone, and the workloads that it selects run in {}.",
                  root, joined(elsewhere)),
      {.field = "spec.selector", .fix = stands_there ? delete_command(telemetry.ref) : copies(telemetry, elsewhere)});
}

}  // namespace

const Check kRootSelector{
    .code = "MT0205",
    .severity = Severity::kWarning,
    .title = "selector in the root namespace that reaches nobody",
    .effect =
        "What the Telemetry says about sampling, providers or logs is not in force for the workloads it was meant for.",
    .page =
        R"(A Telemetry in the root namespace (`meshConfig.rootNamespace`, else istio-system) holds for the whole mesh as long as
it has no selector. With one it selects pods of the root namespace only, which is right for the gateways that run there
and for nothing else. That differs from EnvoyFilter, whose selectors in the root namespace do reach other namespaces.

Put the Telemetry into the namespace of the workloads: the first command printed makes the copy, and as soon as it
stands there the audit prints the one that deletes this one.

Limits: workloads must be known; in files without any that the selector matches nothing is said.

Sources: Istio, Telemetry API, "scope and inheritance"; pilot/pkg/model/telemetry.go, applicableTelemetries.)",
    .subjects = {Kind::kTelemetry},
    .reads = kMeshKinds | kWorkloadKinds,
    .run = run,
};

}  // namespace meshtrace::audit
