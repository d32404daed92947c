#include "cli/audit_command.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "cli/audit_baseline.h"
#include "cli/audit_cluster.h"
#include "cli/audit_codes.h"
#include "cli/audit_input.h"
#include "cli/audit_options.h"
#include "cli/audit_output.h"
#include "cli/audit_reads.h"
#include "cli/session.h"
#include "cli/text.h"
#include "core/audit/audit.h"
#include "core/policy/policy.h"

namespace meshtrace::cli {
namespace {

// The options as values, checked before anything is read.
struct Plan {
  audit::Selection selection;
  std::vector<std::string_view> codes;
  std::optional<mesh::Version> istio;
  std::set<std::string> baseline;
};

Result<Plan> plan_of(const AuditOptions& options, const Environment& environment) {
  if (auto checked = check_audit_options(options); !checked) return tl::make_unexpected(std::move(checked.error()));
  Plan plan;
  auto include = parse_codes("--include", options.include);
  if (!include) return tl::make_unexpected(std::move(include.error()));
  auto exclude = parse_codes("--exclude", options.exclude);
  if (!exclude) return tl::make_unexpected(std::move(exclude.error()));
  plan.selection.include = *std::move(include);
  plan.selection.exclude = *std::move(exclude);
  plan.codes = selected_codes(plan.selection.include, {});
  if (!options.istio_version.empty()) {
    plan.istio = mesh::parse_version(options.istio_version);
    if (!plan.istio) return fail("--istio-version", "\"" + options.istio_version + "\" is no version, such as 1.30");
  }
  if (!options.baseline.empty()) {
    const auto sources = read_sources({options.baseline}, {}, environment);
    if (!sources) return tl::make_unexpected(sources.error());
    auto baseline = read_baseline(options.baseline, sources->front().text);
    if (!baseline) return tl::make_unexpected(std::move(baseline.error()));
    plan.baseline = *std::move(baseline);
  }
  return plan;
}

const std::string& root_namespace_to_read(const AuditOptions& options) {
  static const std::string usual = policy::kDefaultRootNamespace;
  return options.root_namespace.empty() ? usual : options.root_namespace;
}

Result<AuditInput> read_input(const AuditOptions& options, const Environment& environment, Plan& plan) {
  if (!options.files.empty()) {
    AuditFiles files{options.files, options.cluster.ns.empty() ? "default" : options.cluster.ns, options.recursive};
    return read_audit_files(files, environment);
  }
  const auto cluster = environment.connect(options.cluster);
  if (!cluster) return tl::make_unexpected(cluster.error());
  AuditCluster reading{plan.codes, root_namespace_to_read(options), ""};
  if (!options.cluster.all_namespaces) {
    reading.fallback_namespace = cluster->ns;
    plan.selection.namespaces = {cluster->ns};
  }
  return read_audit_cluster(*cluster, reading, environment);
}

audit::Severity severity_of(const std::string& fail_on) {
  return fail_on == "info"      ? audit::Severity::kInfo
         : fail_on == "warning" ? audit::Severity::kWarning
                                : audit::Severity::kError;
}

audit::SnapshotOptions snapshot_options(const AuditOptions& options, const AuditInput& input, const Plan& plan,
                                        const Environment& environment) {
  audit::SnapshotOptions snapshot;
  snapshot.root_namespace = options.root_namespace;
  snapshot.istio = plan.istio;
  snapshot.is_cluster = input.is_cluster;
  snapshot.unread = input.unread;
  snapshot.now = std::chrono::duration_cast<std::chrono::seconds>(environment.now().time_since_epoch()).count();
  return snapshot;
}

Outcome outcome_of(const AuditReport& report, const AuditOptions& options, const Environment& environment) {
  Outcome outcome;
  for (const audit::Finding& finding : report.audited.findings) {
    if (report.fails(finding)) outcome.status = kInvalid;
  }
  if (report.partial()) outcome.status = kPartial;
  for (const Error& problem : report.problems) outcome.err += error_line(problem);
  outcome.out = audit_output(options.output, report, environment.color);
  return outcome;
}

// What findings are made of; it stays until the process ends.
struct World {
  World(std::vector<audit::ObjectPointer> objects, audit::SnapshotOptions options)
      : snapshot(std::move(objects), std::move(options)), model(snapshot) {}
  const audit::Snapshot snapshot;
  const audit::Model model;
  std::vector<Source> sources;  // that the objects' places point into
};

Outcome run_audit(const AuditOptions& options, const Environment& environment) {
  auto plan = plan_of(options, environment);
  if (!plan) return failure({plan.error()});
  if (options.permissions) return {kOk, permission_commands(plan->codes, root_namespace_to_read(options)), ""};
  auto input = read_input(options, environment, *plan);
  if (!input) return failure({input.error()});
  const auto world =
      std::make_shared<World>(std::move(input->objects), snapshot_options(options, *input, *plan, environment));
  AuditReport report;
  report.audited = audit::run_audit(world->model, plan->selection);
  report.audited.objects = input->seen;
  report.problems = std::move(input->problems);
  report.codes = selected_codes(plan->selection.include, plan->selection.exclude);
  subtract(plan->baseline, report.audited);
  report.fail_on = severity_of(options.fail_on);
  report.never_fails = options.fail_on == "never";
  if (options.output == "html") report.graph = graph_of(world->model.paths, report.audited.findings);
  Outcome outcome = outcome_of(report, options, environment);
  world->sources = std::move(input->sources);
  outcome.kept = world;
  return outcome;
}

}  // namespace

Command audit_command() {
  return {"audit",
          "Find where traces are lost in a cluster or in manifests, and how to mend it",
          "Exit status 0: nothing at or above --fail-on, 1: findings, 2: could not run, 3: not everything could be\n"
          "read, so that silence proves nothing. A check's page: kubectl meshtrace explain MT0101.",
          {{"--output", audit_formats()}, {"--fail-on", {"error", "warning", "info", "never"}}},
          [](CLI::App& app) -> std::function<Outcome(const Environment&)> {
            const auto options = std::make_shared<AuditOptions>();
            add_audit_options(app, *options);
            return [options](const Environment& environment) { return run_audit(*options, environment); };
          }};
}

}  // namespace meshtrace::cli
