#include "cli/status_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/output.h"
#include "cli/policy_list.h"
#include "cli/policy_status.h"
#include "cli/session.h"
#include "cli/status_text.h"
#include "cli/text.h"
#include "core/policy/labels.h"
#include "core/yaml/output.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

std::string as_text(const std::vector<json>& policies, const StatusOptions& options, kube::WallTime now) {
  std::vector<PolicyStatus> read;
  std::transform(policies.begin(), policies.end(), std::back_inserter(read), read_policy_status);
  return status_text(read, options.output == "wide" ? StatusDetail::kEverything : StatusDetail::kProblems, now);
}

}  // namespace

Outcome run_status(const StatusOptions& options, const Environment& environment) {
  if (options.cluster.all_namespaces && !options.cluster.ns.empty()) {
    return failure({{"", "-A is all namespaces, -n is one: give one of them"}});
  }
  // It becomes part of a path.
  if (!options.cluster.ns.empty() && !policy::is_dns_subdomain(options.cluster.ns)) {
    return failure({{"--namespace", "\"" + options.cluster.ns + "\" is no name of a namespace"}});
  }
  const auto cluster = environment.connect(options.cluster);
  if (!cluster) return failure({cluster.error()});
  const std::string ns = options.cluster.all_namespaces ? "" : cluster->ns;
  auto policies = list_policies(*cluster, ns);
  if (!policies) return failure({policies.error()});

  Outcome outcome;
  if (options.output == "json") {
    outcome.out = json_text(list_of(*std::move(policies)));
  } else if (options.output == "yaml") {
    outcome.out = yaml::yaml_document(list_of(*std::move(policies)));
  } else if (policies->empty()) {
    outcome.err = note_line("", ns.empty() ? "no TracingPolicy in this cluster"
                                           : fmt::format("no TracingPolicy in the namespace {}; -A shows all", ns));
  } else {
    outcome.out = as_text(*policies, options, environment.now());
  }
  return outcome;
}

}  // namespace meshtrace::cli
