#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/environment.h"
#include "core/audit/fix.h"

namespace meshtrace::audit {
namespace {

constexpr const char* kContainerNames = "instrumentation.opentelemetry.io/container-names";

// An agent's own. Istio's proxy itself reads OTEL_RESOURCE_ATTRIBUTES (Envoy's environment resource detector).
bool is_of_an_agent(const EnvVariable& entry) {
  if (entry.name == "JAVA_TOOL_OPTIONS" || entry.name == "NODE_OPTIONS" || entry.name == "PYTHONPATH") return true;
  return entry.name.starts_with("OTEL_") && entry.name != "OTEL_RESOURCE_ATTRIBUTES";
}

std::vector<const EnvVariable*> agent_variables(const Container& container) {
  std::vector<const EnvVariable*> found;
  if (!container.is_proxy) return found;
  for (const EnvVariable& entry : container.env) {
    if (!entry.by_policy && is_of_an_agent(entry)) found.push_back(&entry);
  }
  return found;
}

std::string application_containers(const Workload& workload) {
  std::vector<std::string> names;
  for (const Container* container : sdk_containers(workload)) names.push_back(container->name);
  return fmt::format("{}", fmt::join(names, ","));
}

// What the template itself gives the proxy is removed there, the last entry first; an injector is told which containers
// it may instrument.
std::string fix_of(const Workload& edited, const Workload& shown, const std::vector<const EnvVariable*>& variables) {
  if (&edited == &shown) {
    std::vector<nlohmann::json> operations;
    for (auto entry = variables.rbegin(); entry != variables.rend(); ++entry) {
      const auto more = remove_field(*edited.object, (*entry)->field);
      operations.insert(operations.end(), more.begin(), more.end());
    }
    return patch_template(edited, operations, "Remove these variables from the proxy's container.");
  }
  const std::string names = application_containers(edited);
  const std::string field = fmt::format("{}.metadata.annotations[{}]", edited.template_field, kContainerNames);
  return patch_template(edited, replace_field(*edited.object, field, names),
                        fmt::format("Annotate the pods with {}: {}.", kContainerNames, names));
}

void look_at(const Workload& edited, const Workload& shown, Findings& findings) {
  for (const Container& container : shown.containers) {
    const auto variables = agent_variables(container);
    if (variables.empty()) continue;
    std::vector<std::string> names;
    for (const EnvVariable* entry : variables) names.push_back(entry->name);
    findings.add(
        *edited.object,
        fmt::format("The proxy's {} is instrumented like an application ({}), by an injector that took the first "
                    "container: the application's own may be without.",
                    in_container(container), fmt::join(names, ", ")),
        {.field = &edited == &shown ? container.field : "", .fix = fix_of(edited, shown, variables)});
  }
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  look_at(*workload, *workload, findings);
  // The pods of a template that names the containers by now are on their way out.
  if (workload->is_running() || workload->annotations.contains(kContainerNames)) return;
  for (const Workload* pods : model.workloads.pods_of(subject)) look_at(*workload, *pods, findings);
}

}  // namespace

const Check kInstrumentedSidecar{
    .code = "MT0711",
    .severity = Severity::kWarning,
    .title = "proxy container instrumented like an application",
    .effect = "Spans of the application are missing, since the injector's variables went to the proxy's container.",
    .page = R"(Injectors that take a pod's first container take the sidecar where it stands first. `OTEL_` variables,
a Java agent or `NODE_OPTIONS` mean nothing to Envoy, and the application is without.

Name the application's containers in the annotation `instrumentation.opentelemetry.io/container-names` (the fix does,
on the template; new pods follow). Variables that the template itself gives the proxy are removed.

Not reported: `OTEL_RESOURCE_ATTRIBUTES` of `istio-proxy`, which Envoy's OpenTelemetry tracer reads itself.

Source: opentelemetry-operator #2243; Istio, "OpenTelemetry tracing" (resource detectors).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
