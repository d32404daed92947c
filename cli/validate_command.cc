#include "cli/validate_command.h"

#include <fmt/format.h>

#include <utility>

#include "cli/policies.h"
#include "cli/text.h"
#include "core/policy/index.h"

namespace meshtrace::cli {

Outcome run_validate(const FileOptions& options, const Environment& environment) {
  if (auto checked = check(options); !checked) return failure({checked.error()});
  InputOptions input;
  input.recursive = options.recursive;
  const auto manifests = read_sources(options.files, input, environment).and_then(read_manifests);
  if (!manifests) return failure({manifests.error()});
  const auto scope = read_scope({&*manifests}, {options.root_namespace, options.ns});
  if (!scope) return failure({scope.error()});

  LoadedPolicies loaded = load_policies(*manifests, *scope);
  if (loaded.found == 0) return failure({{options.files.front(), "no TracingPolicy in these files"}});

  Outcome outcome;
  for (const Error& warning : loaded.warnings) outcome.err += warning_line(warning.where, warning.what);
  for (const Error& error : loaded.errors) outcome.err += error_line(error);
  for (std::size_t i = 0; i < loaded.policies.size(); ++i) {
    const policy::TracingPolicy& policy = loaded.policies[i];
    outcome.out +=
        printable(fmt::format("{}: TracingPolicy {}/{} is valid\n", loaded.places[i], policy.ns, policy.name));
  }
  const policy::Index index(std::move(loaded.policies), scope->root_namespace);
  outcome.err += conflict_warnings(index);
  outcome.status = loaded.errors.empty() ? kOk : kInvalid;
  return outcome;
}

}  // namespace meshtrace::cli
