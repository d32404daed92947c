#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/environment.h"
#include "core/audit/fix.h"
#include "core/policy/policy.h"

namespace meshtrace::audit {
namespace {

// Of a pod that has been injected its own list has them, as the policy would have set them.
bool is_injected(const Workload& workload, const EnvVariable& entry) {
  if (entry.by_policy) return true;
  const bool is_ours = !policy_field_of(entry.name).empty() || entry.name == "OTEL_SERVICE_NAME";
  return is_ours && entry.value && workload.is_running() && workload.annotations.contains(policy::kMarkAnnotation);
}

// Variables whose value in a ConfigMap gives way to another one that the policy brings.
std::vector<std::string> overridden(const Model& model, const Workload& workload, const Container& container,
                                    const Object*& config_map) {
  std::vector<std::string> names;
  const bool any = std::any_of(container.env.begin(), container.env.end(),
                               [&](const EnvVariable& entry) { return is_injected(workload, entry); });
  if (!any) return names;
  const EnvFromKeys keys = env_from_keys(model, workload, container);
  for (const EnvVariable& entry : container.env) {
    const auto value = keys.values.find(entry.name);
    if (value == keys.values.end() || !is_injected(workload, entry) || entry.value == value->second) continue;
    names.push_back(entry.name);
    if (config_map == nullptr) config_map = keys.config_maps.at(entry.name);
  }
  return names;
}

// The annotation that leaves these names alone, beside those that it leaves alone already.
std::string keep_fix(const Workload& workload, const std::vector<std::string>& names) {
  const std::string prefix = workload.template_field.empty() ? "" : workload.template_field + ".";
  const std::string field = fmt::format("{}metadata.annotations[{}]", prefix, policy::kKeepEnvAnnotation);
  std::string kept = fmt::format("{}", fmt::join(names, ","));
  const auto standing = workload.annotations.find(policy::kKeepEnvAnnotation);
  if (standing != workload.annotations.end() && !standing->second.empty()) kept = standing->second + "," + kept;
  return patch_template(workload, replace_field(*workload.object, field, kept),
                        fmt::format("Annotate the pod with {}: {}.", policy::kKeepEnvAnnotation, kept));
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container* container : sdk_containers(*workload)) {
    const Object* config_map = nullptr;
    const auto names = overridden(model, *workload, *container, config_map);
    if (names.empty()) continue;
    findings.add(subject,
                 fmt::format("What {} says about {} has no effect in {}: the policy sets them in env, which wins over "
                             "envFrom.",
                             config_map->ref.title(), fmt::join(names, ", "), in_container(*container)),
                 {.field = container->field + ".envFrom", .fix = keep_fix(*workload, names)});
  }
}

}  // namespace

const Check kOverriddenEnvFrom{
    .code = "MT0710",
    .severity = Severity::kWarning,
    .title = "injected variable overrides a key of envFrom",
    .effect = "The application propagates, samples or exports by the policy and not as its ConfigMap says.",
    .page = R"(At run time an entry of `env` beats a key that `envFrom` brings. The webhook can read neither
ConfigMaps nor Secrets, so it sets what the policy says, and a ConfigMap with `OTEL_PROPAGATORS` or
`OTEL_EXPORTER_OTLP_ENDPOINT` is overridden.

Where the ConfigMap is right, the fix names the keys in the pod annotation `meshtrace.io/keep-env`, which leaves them
alone (and, of a pair like sampler and argument, both). Where the policy is right, remove the keys from the ConfigMap.

Not reported: keys with the same value, and keys of Secrets, which are never read.

Source: [injection.md](injection.md), section "Who wins"; opentelemetry-operator #1393, #1814, #3392.)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
