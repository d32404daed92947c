#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/marks.h"

namespace meshtrace::audit {
namespace {

void run(const Model& model, const Object& subject, Findings& findings) {
  int stale = 0;
  for (const Workload* pods : model.workloads.pods_of(subject)) {
    stale += count_in(model, *pods, MarkState::kOther, MarkState::kOlder);
  }
  if (stale == 0) return;
  findings.add(subject,
               fmt::format("{} still run with what held before the policy was made or changed: they get the present "
                           "settings when they are created anew.",
                           pods_text(stale)),
               {.fix = make_anew(subject)});
}

}  // namespace

const Check kStale{
    .code = "MT0702",
    .severity = Severity::kWarning,
    .title = "pods older than the policy's present state",
    .effect = "These pods sample, propagate and export as an older policy said.",
    .page = R"(Variables of a running container cannot be changed. The annotation `meshtrace.io/injected` is a hash of
what was injected; here it is another one than the policy's present hash, or the pod is older than the policy and has
none.

Restart the workload. During a rollout this is normal and passes by itself.

Source: [injection.md](injection.md), [policy.md](policy.md).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
