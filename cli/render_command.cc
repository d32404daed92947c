#include "cli/render_command.h"

#include <fmt/format.h>

#include <utility>

#include "cli/policies.h"
#include "cli/text.h"
#include "cli/yaml_output.h"
#include "core/inject/admission_policy.h"
#include "core/policy/index.h"

namespace meshtrace::cli {
namespace {

Outcome render_admission_policies(const policy::Index& policies) {
  auto documents = inject::admission_policies(policies);
  if (!documents) return failure({documents.error()});
  Outcome outcome;
  // In the file, too: whoever reads it later has not seen standard error.
  outcome.out =
      "# Injection by the API server, rendered by kubectl meshtrace from TracingPolicies. What differs from the "
      "webhook:\n";
  for (const std::string& limit : inject::admission_policy_limits()) {
    outcome.out += "# - " + limit + "\n";
    outcome.err += note_line("", limit);
  }
  outcome.out += yaml_documents(*documents);
  return outcome;
}

}  // namespace

Outcome run_render(const RenderOptions& options, const Environment& environment) {
  if (auto checked = check(options.input); !checked) return failure({checked.error()});
  InputOptions input;
  input.recursive = options.input.recursive;
  const auto manifests = read_sources(options.input.files, input, environment).and_then(read_manifests);
  if (!manifests) return failure({manifests.error()});
  const auto scope = read_scope({&*manifests}, {options.input.root_namespace, options.input.ns});
  if (!scope) return failure({scope.error()});
  LoadedPolicies loaded = load_policies(*manifests, *scope);
  if (!loaded.errors.empty()) return failure(loaded.errors);
  if (loaded.found == 0) return failure({{options.input.files.front(), "no TracingPolicy in these files"}});

  std::string warnings;
  for (const Error& warning : loaded.warnings) warnings += warning_line(warning.where, warning.what);
  const policy::Index policies(std::move(loaded.policies), scope->root_namespace);
  warnings += conflict_warnings(policies);
  Outcome outcome = render_admission_policies(policies);
  outcome.err.insert(0, warnings);
  return outcome;
}

}  // namespace meshtrace::cli
