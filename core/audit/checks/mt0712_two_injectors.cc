#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/environment.h"
#include "core/audit/fix.h"
#include "core/audit/workload_read.h"
#include "core/policy/policy.h"

namespace meshtrace::audit {
namespace {

using Strings = std::map<std::string, std::string>;

// A key that begins so, with a value other than false.
bool asks_for(const Strings& map, std::string_view prefix) {
  return std::any_of(map.begin(), map.end(), [&](const auto& entry) {
    return entry.first.starts_with(prefix) && entry.second != "false" && entry.second != "disabled";
  });
}

// Wishes for an injector are stated on the template, on the object that holds it, or on the Namespace.
std::vector<std::string> other_injectors(const Model& model, const Workload& workload) {
  const Object* ns = model.snapshot.find(Kind::kNamespace, "", workload.ns);
  std::vector<Strings> labels{workload.labels, strings_of(workload.object->labels())};
  std::vector<Strings> annotations{workload.annotations, strings_of(workload.object->annotations())};
  if (ns != nullptr) {
    labels.push_back(strings_of(ns->labels()));
    annotations.push_back(strings_of(ns->annotations()));
  }
  const auto any = [](const std::vector<Strings>& maps, std::string_view prefix) {
    return std::any_of(maps.begin(), maps.end(), [&](const Strings& map) { return asks_for(map, prefix); });
  };
  std::vector<std::string> found;
  if (any(annotations, "instrumentation.opentelemetry.io/inject-")) found.emplace_back("the opentelemetry-operator");
  if (any(labels, "odigos-instrumentation") || any(annotations, "odigos.io/")) found.emplace_back("Odigos");
  if (any(labels, "admission.datadoghq.com/enabled") || any(annotations, "admission.datadoghq.com/")) {
    found.emplace_back("Datadog");
  }
  return found;
}

std::string fix_of(const Workload& workload, bool has_ours) {
  if (!has_ours) return "Leave the workload to one of them, and remove the labels and annotations of the other.";
  const std::string prefix = workload.template_field.empty() ? "" : workload.template_field + ".";
  const std::string field = fmt::format("{}metadata.labels[{}]", prefix, policy::kInjectLabel);
  return patch_template(workload, replace_field(*workload.object, field, "false"),
                        fmt::format("Label the pod {}: \"false\".", policy::kInjectLabel));
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  std::vector<std::string> injectors = other_injectors(model, *workload);
  const bool has_ours = workload->policy != nullptr;
  if (has_ours) injectors.emplace_back("meshtrace");
  if (injectors.size() < 2) return;
  findings.add(
      subject,
      fmt::format("{} each set variables of the SDK: of OTEL_PROPAGATORS, the sampler and the exporter holds what "
                  "the first webhook sets, and nobody says which one that is.",
                  fmt::join(injectors, " and ")),
      {.field = workload->template_field, .fix = fix_of(*workload, has_ours)});
}

}  // namespace

const Check kTwoInjectors{
    .code = "MT0712",
    .severity = Severity::kWarning,
    .title = "two injectors at work",
    .effect = "Pods propagate, sample and export by one injector's settings today and by another's after a restart.",
    .page = R"(The opentelemetry-operator (annotations `instrumentation.opentelemetry.io/inject-…`), Odigos (label
`odigos-instrumentation`), Datadog (`admission.datadoghq.com/…`) and a TracingPolicy all set the same variables, and
each leaves alone what it finds. Mutating webhooks run in the order of their names, and reinvocation changes that
again.

Leave each workload to one of them. The fix takes ours away with the label `meshtrace.io/inject: "false"`. Where the
operator is to bring the agent and the policy its settings, let the operator's `Instrumentation` state none of them,
and ignore this check on the workload (annotation `meshtrace.io/ignore: MT0712`).

Sources: documentation of the three projects; Kubernetes, "Dynamic Admission Control" (reinvocation).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
