#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/audit/checks/checks.h"
#include "core/audit/fix.h"
#include "core/audit/model.h"

namespace meshtrace::audit {
namespace {

using policy::TracingPolicy;

const TracingPolicy* find_policy(const Model& model, const Object& object) {
  const auto& all = model.policies.policies();
  const auto found = std::find_if(all.begin(), all.end(), [&](const TracingPolicy& policy) {
    return policy.ns == object.ref.ns && policy.name == object.ref.name;
  });
  return found == all.end() ? nullptr : &*found;
}

// Both claim the whole namespace, or the whole mesh.
bool loses_everywhere(const Model& model, const Object& subject, Findings& findings) {
  for (const policy::Conflict& conflict : model.policies.conflicts()) {
    if (conflict.loser.ns != subject.ref.ns || conflict.loser.name != subject.ref.name) continue;
    findings.add(subject,
                 fmt::format("Nothing of this policy is in force: TracingPolicy {}/{} is older (or first by name) and "
                             "claims {}, too.",
                             conflict.winner.ns, conflict.winner.name,
                             conflict.winner.level == policy::Level::kMesh ? "the whole mesh" : "the whole namespace"),
                 {.fix = delete_command(subject.ref)});
    return true;
  }
  return false;
}

// Labels of one workload match the selectors of both: the older policy has it.
void loses_some(const Model& model, const Object& subject, const TracingPolicy& policy, Findings& findings) {
  if (policy.match_labels.empty()) return;
  for (const Workload* workload : model.workloads.selected(policy.ns, policy.match_labels)) {
    const policy::Labels labels(workload->labels.begin(), workload->labels.end());
    const auto claimants = model.policies.claimants(policy.ns, labels);
    const auto first = std::find_if(claimants.begin(), claimants.end(), [&](const TracingPolicy* one) {
      return one == &policy || (one->mode == policy::Mode::kEnforce && !one->match_labels.empty());
    });
    if (first == claimants.end() || *first == &policy) continue;
    findings.add(
        subject,
        fmt::format("{} does not get what this policy says: TracingPolicy {}/{} is older (or first by name) and "
                    "selects it, too.",
                    workload->object->ref.title(), (*first)->ns, (*first)->name),
        {.field = "spec.selector.matchLabels",
         .fix = fmt::format("Give the two policies selectors that no workload matches both of, or put what "
                            "both say into TracingPolicy {}/{}.",
                            (*first)->ns, (*first)->name)});
    return;  // one example; the policy is the one to edit
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const TracingPolicy* policy = find_policy(model, subject);
  if (policy == nullptr || loses_everywhere(model, subject, findings)) return;
  if (policy->mode == policy::Mode::kEnforce) loses_some(model, subject, *policy, findings);
}

}  // namespace

const Check kConflictedPolicy{
    .code = "MT1101",
    .severity = Severity::kWarning,
    .title = "policy loses against another one",
    .effect =
        "What the policy says about sampling, variables or logs is not in force, for all of its pods or for some.",
    .page = R"(Two policies of one level claim the same pods: two without a selector in one namespace (or in the root
namespace), or two with selectors that one pod matches. They are not merged; the older one holds, and where the ages are
equal or not known (files) the first by name. The condition `Conflicted` in the status says the same.

Delete the one that is not in force, or give the two selectors that exclude each other. A policy for the namespace and
one with a selector do not conflict: they are merged.

Limits: overlapping selectors are found by the workloads that are there, and one example is named.

Source: [policy.md](policy.md).)",
    .subjects = {Kind::kTracingPolicy},
    .reads = kWorkloadKinds | Kinds{Kind::kTracingPolicy, Kind::kConfigMap, Kind::kNamespace},
    .run = run,
};

}  // namespace meshtrace::audit
