#include "cli/render_command.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/mesh_facts.h"
#include "cli/policies.h"
#include "cli/render_mesh.h"
#include "cli/text.h"
#include "core/inject/admission_policy.h"
#include "core/policy/index.h"
#include "core/yaml/output.h"

namespace meshtrace::cli {
namespace {

Result<Outcome> render_admission_policies(const policy::Index& policies) {
  auto documents = inject::admission_policies(policies);
  if (!documents) return tl::make_unexpected(std::move(documents.error()));
  Outcome outcome;
  if (documents->empty()) {
    outcome.err = note_line("", "no policy touches a pod: none that is enforced states workload or sampling");
    return outcome;
  }
  // In the file, too: whoever reads it later has not seen standard error.
  outcome.out =
      "# Injection by the API server, rendered by kubectl meshtrace from TracingPolicies. What differs from the "
      "webhook:\n";
  for (const std::string& limit : inject::admission_policy_limits()) {
    outcome.out += "# - " + limit + "\n";
    outcome.err += note_line("", limit);
  }
  outcome.out += yaml::yaml_documents(*documents);
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

  std::optional<mesh::Version> istio;
  if (!options.istio_version.empty()) {
    istio = mesh::parse_version(options.istio_version);
    if (!istio) return failure({{"--istio-version", "\"" + options.istio_version + "\" is no version, such as 1.30"}});
  }
  const auto files = read_mesh_files(*manifests, *scope, istio);
  if (!files) return failure({files.error()});

  std::string warnings;
  for (const Error& warning : loaded.warnings) warnings += warning_line(warning.where, warning.what);
  const policy::Index policies(std::move(loaded.policies), scope->root_namespace);
  warnings += conflict_warnings(policies);
  auto outcome = options.target == "mutatingadmissionpolicy" ? render_admission_policies(policies)
                                                             : render_mesh(options.target, policies, *files);
  if (!outcome) return failure({outcome.error()});
  outcome->err.insert(0, warnings);
  return *std::move(outcome);
}

}  // namespace meshtrace::cli
