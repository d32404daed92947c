#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"

namespace meshtrace::audit {
namespace {

using Names = std::vector<std::string>;

bool is_everywhere(const std::string& name) { return name == "tracecontext" || name == "baggage" || name == "none"; }

// Names that not every SDK carries. A misspelt one is MT0304's.
Names extra_names(const std::vector<PropagatorName>& names) {
  Names extra;
  for (const PropagatorName& name : names) {
    if (!is_everywhere(name.text) && name.meant.empty()) extra.push_back(name.text);
  }
  return extra;
}

// Java's agent and the operator's images bring every propagator that OpenTelemetry names.
bool is_carried(const Workload& workload, const Container& container, const std::vector<PropagatorName>& names) {
  const bool all_known = std::all_of(names.begin(), names.end(), [](const auto& name) { return name.known; });
  if (!all_known) return false;
  for (const char* variable : {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS"}) {
    if (container.value(variable).find("-javaagent:") != std::string::npos) return true;
  }
  for (const char* annotation :
       {"instrumentation.opentelemetry.io/inject-python", "instrumentation.opentelemetry.io/inject-java"}) {
    const auto found = workload.annotations.find(annotation);
    if (found != workload.annotations.end() && found->second != "false") return true;
  }
  return false;
}

bool can_stop(Language language) {
  return language == Language::kPython || language == Language::kJava || language == Language::kUnknown;
}

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kPropagators);
  if (!setting || !setting->variable->value || !can_stop(container.language)) return;
  const auto names = read_propagators(*setting->variable->value);
  const Names extra = extra_names(names);
  if (extra.empty() || is_carried(workload, container, names)) return;
  Names rest;
  for (const PropagatorName& name : names) {
    if (std::find(extra.begin(), extra.end(), name.text) == extra.end()) rest.push_back(name.text);
  }
  if (!has_propagator(names, "tracecontext")) rest.insert(rest.begin(), "tracecontext");
  const bool is_known = container.language != Language::kUnknown;
  findings.add(*setting->object,
               fmt::format("{} of {} stops at its start where its image lacks the package for {} (OTEL_PROPAGATORS).",
                           is_known ? fmt::format("The {} application", name_of(container.language))
                                    : "A Python or Java application",
                           setting->who, fmt::join(extra, ", ")),
               {.field = setting->field,
                .fix = change(workload, container, *setting, fmt::format("{}", fmt::join(rest, ",")), rest),
                .severity = is_known ? Severity::kWarning : Severity::kInfo});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kStoppingPropagator{
    .code = "MT0709",
    .severity = Severity::kInfo,
    .title = "propagator that can stop a Python or Java application",
    .effect = "The application does not start, if its image lacks the propagator's package.",
    .page = R"(Every SDK carries `tracecontext` and `baggage`. For others Python needs a package
(`opentelemetry-propagator-b3`, `-jaeger`, `-ot-trace`, `-aws-xray`) and raises at import without it; Java's SDK
throws for a name that is not on its class path. Node warns, Go ignores the variable.

Check the image, roll out one pod first, or remove the name (the fix does). A warning for images that are known to be
Python's or Java's, an info for those of unknown language. Not reported where Java's agent (`-javaagent:`) or the
opentelemetry-operator's Python or Java instrumentation is there: they bring these packages.

Source: [injection.md](injection.md), section "Propagators".)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
