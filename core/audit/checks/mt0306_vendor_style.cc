#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

constexpr const char* kDatadogStyle = "DD_TRACE_PROPAGATION_STYLE";

// The variable that the finding is about: of several the one that decides.
const EnvVariable* deciding(const Container& container, std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    if (const EnvVariable* entry = container.find(variable); entry != nullptr) return entry;
  }
  return nullptr;
}

void look_at_datadog(const Workload& workload, const Container& container, Findings& findings) {
  const auto spoken = datadog_styles(container);
  if (!spoken) return;
  const bool reads = spoken->reads.contains("W3C");
  const bool writes = spoken->writes.contains("W3C");
  const EnvVariable* entry =
      !reads
          ? deciding(container, {"DD_TRACE_PROPAGATION_STYLE_EXTRACT", kDatadogStyle, "DD_PROPAGATION_STYLE_EXTRACT"})
          : deciding(container, {"DD_TRACE_PROPAGATION_STYLE_INJECT", kDatadogStyle, "DD_PROPAGATION_STYLE_INJECT"});
  if (entry == nullptr)
    entry = deciding(container, {"DD_TRACE_PROPAGATION_STYLE_EXTRACT", "DD_PROPAGATION_STYLE_EXTRACT"});
  if (entry == nullptr) return;
  if (!reads || !writes) {
    findings.add(
        *workload.object,
        fmt::format("The trace ends at {}: its Datadog tracer {} traceparent ({} is {}).", in_container(container),
                    !reads && !writes ? "neither reads nor writes"
                    : !reads          ? "does not read"
                                      : "does not write",
                    entry->name, policy::in_quotes(entry->value.value_or(""))),
        {.field = entry->field + ".value", .fix = datadog_with_w3c(workload, container)});
  } else if (spoken->reads != spoken->writes) {
    findings.add(
        *workload.object,
        fmt::format("The Datadog tracer of {} reads {} and writes {}: services behind it that speak another "
                    "format than W3C see a trace from one caller and none from the next.",
                    in_container(container), list_formats(spoken->reads), list_formats(spoken->writes)),
        {.field = entry->field + ".value",
         .fix = fmt::format("Set {} alone, for both directions, and remove the variables for extract and inject.",
                            kDatadogStyle),
         .severity = Severity::kInfo});
  }
}

void look_at_xray(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kPropagators);
  if (setting && setting->variable->value) {
    const auto names = read_propagators(*setting->variable->value);
    if (!has_propagator(names, "xray") || has_propagator(names, "tracecontext")) return;
    const std::string list = "tracecontext,baggage," + *setting->variable->value;
    findings.add(
        *setting->object,
        fmt::format("The trace ends at {}: OTEL_PROPAGATORS is {}, and X-Ray's header is all that its SDK reads "
                    "and writes.",
                    setting->who, policy::in_quotes(*setting->variable->value)),
        {.field = setting->field, .fix = change(workload, container, *setting, list, split_list(list))});
    return;
  }
  const EnvVariable* xray =
      deciding(container, {"AWS_XRAY_DAEMON_ADDRESS", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_TRACING_NAME"});
  if (xray == nullptr || has_variable(model, workload, container, "OTEL_")) return;
  findings.add(*workload.object,
               fmt::format("The trace ends at {}: {} says that it uses the AWS X-Ray SDK, which knows no header but "
                           "X-Amzn-Trace-Id.",
                           in_container(container), xray->name),
               {.field = xray->field,
                .fix = "Move the application to OpenTelemetry (AWS Distro for OpenTelemetry) with OTEL_PROPAGATORS: "
                       "tracecontext,baggage,xray."});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || !mixed_hops(model, *workload).empty()) return;  // MT0307 names the hop
  for (const Container* container : sdk_containers(*workload)) {
    look_at_datadog(*workload, *container, findings);
    look_at_xray(model, *workload, *container, findings);
  }
}

}  // namespace

const Check kVendorStyle{
    .code = "MT0306",
    .severity = Severity::kWarning,
    .title = "Datadog or X-Ray without a W3C style",
    .effect = "Traces end where the vendor's format begins.",
    .page = R"(Datadog's tracers read and write what `DD_TRACE_PROPAGATION_STYLE` lists (or its `_EXTRACT` and
`_INJECT`); without it, recent ones speak `datadog` and `tracecontext`. A list without `tracecontext` ignores the
mesh's traceparent. Styles that differ between extract and inject are an info: the trace survives in W3C, other
formats are lost on one side.

The OpenTelemetry propagator `xray` and the AWS X-Ray SDK (`AWS_XRAY_DAEMON_ADDRESS`) know `X-Amzn-Trace-Id` alone.

The fix adds `tracecontext` in front and keeps what was there.

Limits: a style that is set in code is not seen; a hop whose both ends are known is reported as MT0307.

Sources: Datadog, "Trace Context Propagation"; AWS X-Ray, "Concepts" (tracing header).)",
    .subjects = kWorkloadKinds,
    .reads = kFormatInputs,
    .run = run,
};

}  // namespace meshtrace::audit
