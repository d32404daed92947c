#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/sampling.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

constexpr double kAll = 100;

std::string fix_of(const Workload& workload, const Container& container, std::optional<double> argument) {
  if (!argument || *argument <= 1 || *argument > kAll) {
    return fmt::format("Set {} to a fraction from 0 to 1: 0.1 is 10 %.", kArgumentVariable);
  }
  return set_variables(workload, container, {{std::string(kArgumentVariable), fmt::format("{:g}", *argument / kAll)}});
}

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kArgumentVariable);
  if (!setting || !setting->variable->value || setting->variable->by_policy) return;
  const Lookup sampler = look_up(model, workload, container, kSamplerVariable);
  if (!sampler.value || !sampler.value->ends_with("traceidratio")) return;
  const std::string& text = *setting->variable->value;
  if (text.find("$(") != std::string::npos) return;
  const auto argument = parse_ratio(text);
  if (argument && *argument >= 0 && *argument <= 1) return;
  findings.add(
      *workload.object,
      fmt::format("Every request is traced at {}, or as many as its SDK pleases: OTEL_TRACES_SAMPLER_ARG is {}, "
                  "and only a fraction from 0 to 1 is a rate.",
                  setting->who, policy::in_quotes(text)),
      {.field = setting->field, .fix = fix_of(workload, container, argument)});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kSamplerArgument{
    .code = "MT0405",
    .severity = Severity::kWarning,
    .title = "sampler argument is no fraction",
    .effect = "All requests are traced instead of a part of them.",
    .page = R"(`OTEL_TRACES_SAMPLER_ARG` of a sampler by trace id is a fraction: 10 % is `0.1`. Python's SDK takes
`10` (and `-1`, and `ten percent`) for 100 %, with one line in the log; others do likewise or refuse it.

The fix divides a number from 1 to 100 by 100. Nothing but the samplers `traceidratio` and `parentbased_traceidratio`
is judged: the argument of others is no rate.

Sources: OpenTelemetry, "Environment Variable Specification" (OTEL_TRACES_SAMPLER_ARG); run with Python's SDK.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
