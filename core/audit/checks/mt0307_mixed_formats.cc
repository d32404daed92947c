#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"

namespace meshtrace::audit {
namespace {

// The setting of the first container that does not speak W3C.
struct Fault {
  const Object* object = nullptr;
  std::string field;
  std::string fix;
};

Fault fault_of(const Model& model, const Workload& workload) {
  for (const Container* container : sdk_containers(workload)) {
    const auto spoken = spoken_by(model, workload, *container);
    if (!spoken || (spoken->reads.contains("W3C") && spoken->writes.contains("W3C"))) continue;
    const auto setting = setting_of(model, workload, *container, kPropagators);
    if (!setting) return {workload.object, container->field, datadog_with_w3c(workload, *container)};
    const std::vector<std::string> list{"tracecontext", "baggage"};
    return {setting->object, setting->field, change(workload, *container, *setting, "tracecontext,baggage", list)};
  }
  return {};
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  const auto hops = mixed_hops(model, *workload);
  if (hops.empty()) return;
  const Fault fault = fault_of(model, *workload);
  if (fault.object == nullptr) return;
  for (const MixedHop& hop : hops) {
    const Hop ends{hop.edge->from, hop.edge->to};
    findings.add(*fault.object,
                 fmt::format("The trace ends on the hop {}: the caller writes {}, the other side reads {}.",
                             name_of_hop(model.paths, ends), list_formats(hop.written), list_formats(hop.read)),
                 {.field = fault.field, .fix = fault.fix, .hop = ends});
  }
}

}  // namespace

const Check kMixedFormats{
    .code = "MT0307",
    .severity = Severity::kWarning,
    .title = "two workloads that call each other have no trace format in common",
    .effect = "The callee begins a new trace for every request of this caller.",
    .page = R"(The caller's SDK writes headers that the callee's SDK does not read: B3 to W3C, Datadog to W3C. Each of
the two works by itself, and between them every trace ends.

Formats are read from `OTEL_PROPAGATORS` (or its default, where other `OTEL_` variables are there) and Datadog's
styles; the hop from a variable or argument of the caller that names the callee's Service. The finding is on the side
that does not speak W3C; the fix lets it.

Not reported where a zipkin provider with `USE_B3_WITH_W3C_PROPAGATION` traces beside the caller: its proxy writes
both.

Limits: hops whose address comes from elsewhere (a registry, a database) are not known.

Sources: OpenTelemetry, "Environment Variable Specification"; Datadog, "Trace Context Propagation".)",
    .subjects = kWorkloadKinds,
    .reads = kFormatInputs,
    .run = run,
};

}  // namespace meshtrace::audit
