#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <set>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/marks.h"
#include "core/inject/inject.h"

namespace meshtrace::audit {
namespace {

// Variables that injection would still set: there are none in a pod that has been injected.
std::set<std::string> missing_in(const Workload& pods) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const std::string text = pods.object->value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (parser.parse(text).get(element) != simdjson::SUCCESS) return {};
  const auto injection = inject::inject(element, pods.policy->injection, {});
  std::set<std::string> missing;
  if (!injection) return missing;
  for (const inject::ContainerOutcome& container : injection->containers) {
    missing.insert(container.set.begin(), container.set.end());
  }
  return missing;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  for (const Workload* pods : model.workloads.pods_of(subject)) {
    const int marked = count_in(model, *pods, MarkState::kCurrent, MarkState::kCurrent);
    if (marked == 0) continue;
    const std::set<std::string> missing = missing_in(*pods);
    if (missing.empty()) continue;
    findings.add(subject,
                 fmt::format("{} carry the mark meshtrace.io/injected and lack what it stands for: {}.",
                             pods_text(marked), fmt::join(missing, ", ")),
                 {.fix = make_anew(subject)});
  }
}

}  // namespace

const Check kMarkedBare{
    .code = "MT0703",
    .severity = Severity::kWarning,
    .title = "pods marked as injected without the variables",
    .effect = "Reports count these pods as injected, and they propagate and export as their image pleases.",
    .page = R"(The annotation `meshtrace.io/injected` is text that anybody who writes pods can write. Here it has the
hash of the policy that holds, and injection would still add variables to the pod. Either somebody copied the
annotation into a template (from a running pod, most often), or another webhook removed variables after ours had set
them.

Remove the annotation from the template if it is there, then restart the workload. The webhook itself never trusts the
mark: it looks at what is there.

Source: [injection.md](injection.md), [threat-model.md](threat-model.md).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
