#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// The list with what was meant, no name twice.
std::vector<std::string> corrected(const std::vector<PropagatorName>& names) {
  std::vector<std::string> list;
  for (const PropagatorName& name : names) {
    const std::string right = name.known || name.meant.empty() ? name.text : std::string(name.meant);
    if (std::find(list.begin(), list.end(), right) == list.end()) list.push_back(right);
  }
  return list;
}

// What the SDK does with a name that it does not know.
struct Outcome {
  std::string text;
  Severity severity;
};
Outcome outcome_in(Language language) {
  switch (language) {
    case Language::kPython:
    case Language::kJava:
      return {fmt::format("{} stops at its start", name_of(language)), Severity::kError};
    case Language::kUnknown:
      return {"Python and Java stop at their start, other SDKs leave the format out", Severity::kWarning};
    default:
      return {fmt::format("{} leaves the format out", name_of(language)), Severity::kWarning};
  }
}

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kPropagators);
  if (!setting || !setting->variable->value) return;
  const auto names = read_propagators(*setting->variable->value);
  const auto wrong = std::find_if(names.begin(), names.end(), [](const auto& name) { return !name.meant.empty(); });
  if (wrong == names.end()) return;
  const Outcome outcome = outcome_in(container.language);
  const std::vector<std::string> list = corrected(names);
  findings.add(*setting->object,
               fmt::format("OTEL_PROPAGATORS of {} names {}, which is no propagator; {} is probably meant. {}.",
                           setting->who, policy::in_quotes(wrong->text), policy::in_quotes(wrong->meant), outcome.text),
               {.field = setting->field,
                .fix = change(workload, container, *setting, fmt::format("{}", fmt::join(list, ",")), list),
                .severity = outcome.severity});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kMisspeltPropagator{
    .code = "MT0304",
    .severity = Severity::kWarning,
    .title = "misspelt propagator",
    .effect = "The application does not start (Python, Java), or traces end in it because the format is left out.",
    .page = R"(SDKs compare the names in `OTEL_PROPAGATORS` letter by letter: `tracecontext`, `baggage`, `b3`,
`b3multi`, `jaeger`, `xray`, `ottrace`, `none`. For an unknown one Python raises at import, Java throws at its start,
Node warns and Go ignores the variable.

Reported is a name that is near to one of these (`tracecontex`, `TraceContext`, `b3-multi`) or commonly written for
one (`w3c`, `traceparent`, `zipkin`). A name that is near to none may be a propagator of your own; see MT0709.

Sources: OpenTelemetry, "Environment Variable Specification" (OTEL_PROPAGATORS).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
