#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/audit/checks/checks.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"
#include "core/base/json.h"
#include "core/policy/namespaces.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// The controller counts pods, also those of which an audit reads nothing: none at all, for the policy as it is.
bool counted_none(const Object& policy) {
  const auto* generation = find_member(policy.value, {"metadata", "generation"});
  const auto* observed = find_member(policy.value, {"status", "observedGeneration"});
  const auto* matched = find_member(policy.value, {"status", "workloads", "matched"});
  return generation != nullptr && observed != nullptr && *generation == *observed && matched != nullptr &&
         *matched == 0;
}

// Whether it is known what there is in the policy's namespace.
bool knows_workloads(const Model& model, const Object& policy) {
  if (model.snapshot.options().is_cluster) return model.snapshot.knows(Kind::kPod) || counted_none(policy);
  const auto& all = model.workloads.all();
  return std::any_of(all.begin(), all.end(), [&](const Workload& one) { return one.ns == policy.ref.ns; });
}

// Values that workloads of the namespace have for a label.
std::vector<std::string_view> values_of(const Model& model, const std::string& ns, const std::string& label) {
  std::set<std::string_view> values;
  for (const Workload& workload : model.workloads.all()) {
    const auto found = workload.labels.find(label);
    if (workload.ns == ns && found != workload.labels.end()) values.insert(found->second);
  }
  return {values.begin(), values.end()};
}

struct Misspelt {
  std::string label;
  std::string meant;
};

// The first label of the selector that nobody has with that value, though with one much like it.
std::optional<Misspelt> find_misspelt(const Model& model, const policy::TracingPolicy& policy) {
  for (const auto& [label, value] : policy.match_labels) {
    const auto values = values_of(model, policy.ns, label);
    if (std::find(values.begin(), values.end(), value) != values.end()) continue;
    const std::string_view near = policy::nearest(value, values);
    if (!near.empty()) return Misspelt{label, std::string(near)};
  }
  return std::nullopt;
}

std::string text_of(const policy::TracingPolicy& policy) {
  std::string text;
  for (const auto& [label, value] : policy.match_labels) text += (text.empty() ? "" : ",") + label + "=" + value;
  return text;
}

void check_selector(const Model& model, const Object& subject, const policy::TracingPolicy& policy,
                    Findings& findings) {
  if (!model.workloads.selected(policy.ns, policy.match_labels).empty() || !knows_workloads(model, subject)) return;
  std::string message = fmt::format("No workload of namespace {} has the labels {}: the policy holds for nothing.",
                                    policy::in_quotes(policy.ns), policy::in_quotes(text_of(policy)));
  const auto misspelt = find_misspelt(model, policy);
  if (!misspelt) {
    findings.add(
        subject, std::move(message),
        {.field = "spec.selector.matchLabels",
         .fix = "Select by labels of the pod template (spec.template.metadata.labels), or delete the policy."});
    return;
  }
  const std::string field = fmt::format("spec.selector.matchLabels[{}]", misspelt->label);
  message += fmt::format(" There is {}={}.", misspelt->label, policy::in_quotes(misspelt->meant));
  findings.add(subject, std::move(message),
               {.field = field, .fix = patch_command(subject, replace_field(subject, field, misspelt->meant))});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const std::string& root = model.snapshot.root_namespace();
  if (subject.ref.ns != root && policy::is_excluded_namespace(subject.ref.ns, root)) {
    findings.add(
        subject,
        fmt::format("No policy holds for the pods of namespace {}: a wrong variable there could keep cluster or "
                    "mesh from starting.",
                    policy::in_quotes(subject.ref.ns)),
        {.field = "metadata.namespace", .fix = delete_command(subject.ref)});
    return;
  }
  for (const policy::TracingPolicy& policy : model.policies.policies()) {
    if (policy.ns != subject.ref.ns || policy.name != subject.ref.name) continue;
    if (!policy.match_labels.empty()) check_selector(model, subject, policy, findings);
  }
}

}  // namespace

const Check kUnmatchedPolicy{
    .code = "MT1102",
    .severity = Severity::kWarning,
    .title = "policy matches nothing",
    .effect = "Traces are as without the policy: no pod and no proxy gets what it says.",
    .page = R"(`spec.selector.matchLabels` is compared with the labels of pods, which come from the pod template
(`spec.template.metadata.labels`) and not from the Deployment's own. All labels of the selector must be there. Or the
policy stands in a namespace that no policy covers: kube-system, kube-public, kube-node-lease, meshtrace-system.

Limits: in files the check speaks only where they have a workload of the policy's namespace. In a cluster whose pods the
audit does not read it goes by `status.workloads.matched`.

Source: [policy.md](policy.md).)",
    .subjects = {Kind::kTracingPolicy},
    .reads = kWorkloadKinds | Kinds{Kind::kTracingPolicy, Kind::kConfigMap, Kind::kNamespace},
    .run = run,
};

}  // namespace meshtrace::audit
