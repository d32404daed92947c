#include "cli/version_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/policy/policy.h"

namespace meshtrace::cli {

Outcome run_version(const std::string& output) {
  Outcome outcome;
  if (output == "json") {
    outcome.out =
        nlohmann::json{{"version", MESHTRACE_VERSION}, {"policyApiVersion", policy::kApiVersion}}.dump(2) + "\n";
  } else if (output == "yaml") {
    outcome.out = fmt::format("policyApiVersion: {}\nversion: \"{}\"\n", policy::kApiVersion, MESHTRACE_VERSION);
  } else {
    outcome.out = fmt::format("kubectl-meshtrace {} (TracingPolicy {})\n", MESHTRACE_VERSION, policy::kApiVersion);
  }
  return outcome;
}

}  // namespace meshtrace::cli
