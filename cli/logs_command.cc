#include "cli/logs_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "cli/logs_input.h"
#include "cli/logs_pods.h"
#include "cli/logs_text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/text.h"
#include "core/logs/analysis.h"
#include "core/policy/labels.h"
#include "core/trace/duration.h"
#include "core/yaml/output.h"

namespace meshtrace::cli {
namespace {

struct LogsOptions {
  std::vector<std::string> files;
  PodLogOptions pods;
  std::string since;
  int tail = -1;  // as kubectl: all
  std::string format;
  std::string output = "table";
  double fail_above = 0;  // percent
};

bool reads_pods(const LogsOptions& options) { return !options.pods.targets.empty() || !options.pods.selector.empty(); }

Result<PodLogOptions> pod_options(const LogsOptions& options) {
  PodLogOptions pods = options.pods;
  // Both become part of a path or a query.
  if (!pods.cluster.ns.empty() && !policy::is_dns_subdomain(pods.cluster.ns)) {
    return fail("--namespace", "\"" + pods.cluster.ns + "\" is no name of a namespace");
  }
  if (!policy::is_dns_subdomain(pods.container)) {
    return fail("--container", "\"" + pods.container + "\" is no name of a container");
  }
  if (!options.since.empty()) {
    const auto since = trace::parse_duration(options.since);
    if (!since) return fail("--since", since.error().message());
    pods.since = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*since));
  }
  if (options.tail >= 0) pods.tail = options.tail;
  return pods;
}

// Warning lines, or why nothing was read.
Result<std::string> read_all(const LogsOptions& options, const Environment& environment, logs::Analysis& analysis) {
  if (reads_pods(options)) {
    if (!options.files.empty()) return fail("", "-f reads files, names and -l read pods: give one of them");
    const auto pods = pod_options(options);
    if (!pods) return tl::make_unexpected(pods.error());
    return read_pod_logs(*pods, environment, analysis);
  }
  if (!options.since.empty() || options.tail >= 0) return fail("", "--since and --tail are for logs of pods");
  std::vector<std::string> files = options.files;
  if (files.empty()) files.emplace_back("-");
  if (std::count(files.begin(), files.end(), "-") > 1) return fail("", "standard input (-) can be read only once");
  auto read = read_log_files(files, environment, analysis);
  if (!read) return tl::make_unexpected(std::move(read.error()));
  return std::string();
}

Result<logs::Formats> formats_of(const std::string& stated) {
  if (stated.empty()) return logs::Formats::known();
  auto formats = logs::Formats::stated(stated);
  if (!formats) return fail("--format", std::move(formats.error().what));
  return formats;
}

bool has_entries(const logs::Report& report) {
  return std::any_of(report.sources.begin(), report.sources.end(),
                     [](const logs::Source& source) { return source.entries > 0; });
}

// Whether, at some hop, more than that share of the requests is lost in one way.
bool is_above(const logs::Report& report, double percent) {
  const auto lost = [&](const logs::Hop& hop) {
    return std::any_of(hop.counts.begin(), hop.counts.end(), [&](std::uint64_t count) {
      return static_cast<double>(count) * 100.0 > percent * static_cast<double>(hop.requests);
    });
  };
  return std::any_of(report.hops.begin(), report.hops.end(), lost);
}

Outcome run_logs(const LogsOptions& options, const Environment& environment) {
  auto formats = formats_of(options.format);
  if (!formats) return failure({formats.error()});
  logs::Analysis analysis(*std::move(formats));
  const auto warnings = read_all(options, environment, analysis);
  if (!warnings) return failure({warnings.error()});
  const logs::Report report = analysis.report();

  Outcome outcome;
  outcome.err = *warnings + logs_notes(report);
  if (!has_entries(report)) {
    outcome.status = kFailed;
    outcome.err += error_line({"",
                               "no access-log entry was read. Is accessLogFile set (MT0501)? A format of your own "
                               "is stated with --format"});
    return outcome;
  }
  outcome.status = is_above(report, options.fail_above) ? kInvalid : kOk;
  if (options.output == "json") {
    outcome.out = json_text(logs_json(report));
  } else if (options.output == "yaml") {
    outcome.out = yaml::yaml_document(logs_json(report));
  } else {
    outcome.out = logs_text(report);
  }
  return outcome;
}

void add_pod_options(CLI::App& app, PodLogOptions& pods) {
  app.add_option("target", pods.targets, "Pods: NAME, pod/NAME or, for all of its pods, deployment/NAME")
      ->type_name("TARGET");
  app.add_option("-l,--selector", pods.selector, "Pods by their labels, as kubectl has it")->type_name("SELECTOR");
  app.add_option("-c,--container", pods.container, "Container that logs (default: istio-proxy)")->type_name("NAME");
  app.add_option("-n,--namespace", pods.cluster.ns, "Namespace of the pods (default: the context's)")->type_name("NS");
  app.add_option("--context", pods.cluster.context, "Context of the kubeconfig (default: its current one)")
      ->type_name("NAME");
  app.add_option("--kubeconfig", pods.cluster.kubeconfig, "File to use instead of KUBECONFIG and ~/.kube/config")
      ->type_name("FILE");
}

void add_options(CLI::App& app, LogsOptions& options) {
  app.add_option("-f,--filename", options.files, "Access logs: file or - for standard input (default)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  add_pod_options(app, options.pods);
  app.add_option("--since", options.since, "Of pods: entries of that last time, as 10m")->type_name("DURATION");
  app.add_option("--tail", options.tail, "Of pods: so many last lines")->check(CLI::NonNegativeNumber)->type_name("N");
  app.add_option("--format", options.format,
                 "The log's format, as meshConfig.accessLogFormat has it, text or JSON (default: found by itself)")
      ->type_name("FORMAT");
  app.add_option("--fail-above", options.fail_above,
                 "Exit status 1 only where more than that many percent of a hop's requests are lost in one way")
      ->check(CLI::Range(0.0, 100.0))
      ->type_name("PERCENT");
  app.add_option("-o,--output", options.output, "table (default), json, yaml")->type_name("FORMAT");
}

}  // namespace

Command logs_command() {
  return {"logs",
          "Show from access logs at which hop traces are lost",
          "kubectl logs -l app=shop -c istio-proxy --prefix | kubectl meshtrace logs\n"
          "Exit status 0: nothing is lost, 1: something is, 2: could not read, or no access log.",
          {{"--output", {"table", "json", "yaml"}}},
          [](CLI::App& app) -> std::function<Outcome(const Environment&)> {
            const auto options = std::make_shared<LogsOptions>();
            add_options(app, *options);
            return [options](const Environment& environment) { return run_logs(*options, environment); };
          }};
}

}  // namespace meshtrace::cli
