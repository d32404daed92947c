#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/sampling.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// Each has a twin that begins with parentbased_.
constexpr std::array<std::string_view, 4> kAlone{"always_on", "always_off", "traceidratio", "jaeger_remote"};

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kSamplerVariable);
  if (!setting || !setting->variable->value) return;
  const std::string& sampler = *setting->variable->value;
  if (std::find(kAlone.begin(), kAlone.end(), sampler) == kAlone.end()) return;
  const char* effect =
      sampler == "always_on"
          ? "its spans are recorded also in traces that the caller has not sampled, as fragments"
          : "it leaves gaps in traces that the caller has sampled, and sends -00 on, at which services "
            "behind it fall silent";
  findings.add(
      *setting->object,
      fmt::format("The SDK of {} does not follow its caller's decision (OTEL_TRACES_SAMPLER is {}): {}.", setting->who,
                  policy::in_quotes(sampler), effect),
      {.field = setting->field,
       .fix = set_variables(workload, container, {{std::string(kSamplerVariable), "parentbased_" + sampler}})});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kNotParentBased{
    .code = "MT0403",
    .severity = Severity::kWarning,
    .title = "SDK sampler that does not follow its parent",
    .effect = "Traces have gaps, or consist of fragments, since this service decides anew for each request.",
    .page = R"(A sampler without `parentbased_` in front ignores the sampled flag of the `traceparent` that arrives.
With `traceidratio` at 0.1 a service records one in ten of the requests that its caller recorded; with `always_on` it
records all, also those whose root nobody has; with `always_off` it tells everything behind it to be silent.

Use the twin: `parentbased_traceidratio`, `parentbased_always_on`. At the first service of a request it decides just
the same, because there is no parent.

Limits: samplers that are set in code are not seen.

Source: OpenTelemetry, "Environment Variable Specification" (OTEL_TRACES_SAMPLER), "Tracing SDK", section Sampling.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
