#include <fmt/format.h>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/environment.h"
#include "core/audit/fix.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  for (const Container& container : workload->containers) {
    std::size_t index = 0;
    for (const nlohmann::json& entry : array_member(*container.json, {"env"})) {
      const std::string field = fmt::format("{}.env[{}].value", container.field, index++);
      const nlohmann::json* source = find_member(entry, {"valueFrom"});
      if (source == nullptr || !source->is_object() || string_member(entry, {"value"}).empty()) continue;
      findings.add(subject,
                   fmt::format("No pod is created from it: {} of {} has both value and valueFrom, and the API server "
                               "refuses that.",
                               policy::in_quotes(string_member(entry, {"name"})), in_container(container)),
                   {.field = field, .fix = patch_command(subject, remove_field(subject, field))});
    }
  }
}

}  // namespace

const Check kValueAndSource{
    .code = "MT0705",
    .severity = Severity::kError,
    .title = "variable with both value and valueFrom",
    .effect = "The pods are refused: the workload does not run, or runs as before the change.",
    .page = R"(An entry of `env` has a `value` or a `valueFrom`, not both (an empty `value` counts as none). A
Deployment with both is accepted by no API server, and a patch by an injector that makes both lets every new pod fail.

The fix removes `value`, since a source that somebody wrote is the longer statement. Keep the other one if that was
meant.

Sources: Kubernetes, EnvVar ("Cannot be used if value is not empty"); opentelemetry-operator (valueFrom and value).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs,
    .run = run,
};

}  // namespace meshtrace::audit
