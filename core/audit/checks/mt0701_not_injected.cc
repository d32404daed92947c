#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/marks.h"

namespace meshtrace::audit {
namespace {

void run(const Model& model, const Object& subject, Findings& findings) {
  int missed = 0;
  for (const Workload* pods : model.workloads.pods_of(subject)) {
    missed += count_in(model, *pods, MarkState::kMissed, MarkState::kMissed);
  }
  if (missed == 0) return;
  findings.add(
      subject,
      fmt::format("{} run without the variables of the policy that covers them, though they were created after "
                  "it: the webhook did not answer, or was not asked.",
                  pods_text(missed)),
      {.fix = make_anew(subject)});
}

}  // namespace

const Check kNotInjected{
    .code = "MT0701",
    .severity = Severity::kWarning,
    .title = "pods that a policy covers were not injected",
    .effect = "These pods sample, propagate and export as their image pleases, or not at all.",
    .page = R"(A policy covers these pods, they are younger than it, and they do not have the annotation
`meshtrace.io/injected`. With `failurePolicy: Ignore` the API server creates pods also when the webhook does not
answer.

See whether the webhook runs and has an endpoint, and whether its certificate is valid (MT1104); then restart the
workload. Pods that opt out (label `meshtrace.io/inject: "false"` on them or their Namespace), pods of namespaces that
no policy covers, and mirror pods are not reported. Pods that are older than the policy are MT0702.

Limits: only running pods are judged, never templates; ages come from `creationTimestamp`.

Source: [injection.md](injection.md).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
