#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using Names = std::vector<PropagatorName>;

// Other checks say more about these: a misspelling (MT0304), X-Ray alone (MT0306).
bool is_told_elsewhere(const Names& names) {
  const bool misspelt =
      std::any_of(names.begin(), names.end(), [](const auto& name) { return name.meant == "tracecontext"; });
  return misspelt || has_propagator(names, "xray");
}

// tracecontext in place of what carried the context before, and everything else as it was.
std::vector<std::string> with_tracecontext(const Names& names) {
  std::vector<std::string> mended{"tracecontext", "baggage"};
  for (const PropagatorName& name : names) {
    const bool replaced = name.known && name.text != "tracecontext";
    if (!replaced) mended.push_back(name.text);
  }
  return mended;
}

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kPropagators);
  if (!setting || !setting->variable->value) return;
  const Names names = read_propagators(*setting->variable->value);
  if (names.empty() || has_propagator(names, "tracecontext") || is_told_elsewhere(names)) return;
  const bool speaks_b3 = has_propagator(names, "b3") || has_propagator(names, "b3multi");
  if (speaks_b3 && proxy_speaks_b3_only(model, workload)) return;  // the mesh speaks B3, and so does the application
  if (!mixed_hops(model, workload).empty()) return;                // MT0307 names the hop
  const std::vector<std::string> mended = with_tracecontext(names);
  findings.add(*setting->object,
               fmt::format("The trace ends at {}: OTEL_PROPAGATORS is {}, so that its SDK neither reads nor writes "
                           "traceparent.",
                           setting->who, policy::in_quotes(*setting->variable->value)),
               {.field = setting->field,
                .fix = change(workload, container, *setting, fmt::format("{}", fmt::join(mended, ",")), mended)});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kNoTracecontext{
    .code = "MT0303",
    .severity = Severity::kWarning,
    .title = "propagators without tracecontext",
    .effect = "A new trace begins in this application, and another one behind it.",
    .page = R"(`OTEL_PROPAGATORS` says which headers an SDK reads and writes. Without `tracecontext` it ignores a
`traceparent` that arrives, and sends none: the caller's trace ends here, and services behind begin their own. `none`
does the same.

The fix sets `tracecontext,baggage` in place of the formats that stood there. Where something on the path speaks B3
alone, keep `b3` beside it and read MT0305.

Not reported: B3 in an application beside a proxy that traces in B3 alone (the whole mesh speaks it), X-Ray's list
(MT0306), a misspelling (MT0304), and a hop whose both ends are known (MT0307).

Sources: OpenTelemetry, "Environment Variable Specification" (OTEL_PROPAGATORS); W3C Trace Context.)",
    .subjects = kWorkloadKinds,
    .reads = kFormatInputs,
    .run = run,
};

}  // namespace meshtrace::audit
