#include "controller/options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "core/trace/duration.h"

namespace meshtrace::controller {
namespace {

constexpr const char* kDescription =
    "Turns TracingPolicies into Istio configuration, keeps it so, and takes it back when they go.\n"
    "Serves /healthz, /readyz and /metrics over HTTPS.";

constexpr const char* kFooter =
    "SIGTERM and SIGINT end it gracefully: the lease is given up. A second one ends it at once.\n"
    "Exit codes: 0 ended gracefully, 1 could not start, 2 wrong command line, 128+N ended at once by signal N.";

const std::map<std::string, mesh::MeshConfigWrites> kWrites{{"auto", mesh::MeshConfigWrites::kAuto},
                                                            {"always", mesh::MeshConfigWrites::kAlways},
                                                            {"never", mesh::MeshConfigWrites::kNever}};

// A flag whose value is a time, and where the time goes.
struct TimeFlag {
  const char* name;
  const char* help;
  std::chrono::milliseconds* value;
};

std::vector<TimeFlag> time_flags(Options& options) {
  auto& election = options.leader_election;
  auto& certificates = options.certificates;
  return {
      {"--leader-elect-lease-duration", "How long a lease that is not renewed keeps others out",
       &election.lease_duration},
      {"--leader-elect-renew-deadline", "How long a leader that cannot renew goes on; less than the lease",
       &election.renew_deadline},
      {"--leader-elect-retry-period", "Time between two attempts to take or renew the lease", &election.retry_period},
      {"--certificate-lifetime", "Life of the webhook's certificate; renewed at two thirds",
       &certificates.leaf_lifetime},
      {"--ca-lifetime", "Life of the CA that signs it; renewed at two thirds", &certificates.authority_lifetime},
      {"--certificate-propagation-delay", "Time between a new CA in caBundle and the first certificate it signs",
       &certificates.propagation_delay},
      {"--audit-interval", "Time between two audits of the pods and of everything else; changes are seen at once",
       &options.audit.interval},
      {"--resync-period", "Everything is decided again at least this often", &options.resync_period},
  };
}

// An empty text for a time above zero, an error for anything else.
std::string check_time(const std::string& text) {
  const auto time = trace::parse_duration(text);
  if (!time) return time.error().message();
  return time->count() > 0 ? "" : "must be over 0s";
}

// Empty where the election's times can work together, as client-go demands them.
std::string check_election(const LeaderElectionOptions& election) {
  if (!election.enabled) return "";
  if (election.lease_duration < std::chrono::seconds(1)) {
    return "--leader-elect-lease-duration must be at least 1s: a Lease counts in seconds";
  }
  if (election.lease_duration <= election.renew_deadline) {
    return "--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline";
  }
  // client-go's jitter lengthens a retry by up to 1.2.
  if (election.renew_deadline * 10 <= election.retry_period * 12) {
    return "--leader-elect-renew-deadline must be longer than 1.2 times --leader-elect-retry-period";
  }
  return "";
}

void add_cluster_flags(CLI::App& app, Options& options, std::string& writes) {
  app.add_option("--kubeconfig", options.kubeconfig,
                 "How to reach the API server; default: the pod's service account, outside a pod as kubectl");
  app.add_option("--root-namespace", options.root_namespace, "The mesh's root namespace")->capture_default_str();
  app.add_option("--namespace", options.own_namespace, "The controller's own namespace")->capture_default_str();
  app.add_option("--mesh-config-writes", writes,
                 "Whether to write the mesh's configuration text: auto (not where Helm or Sail manages it), always or "
                 "never")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--dry-run", options.dry_run, "Print what would be written as JSON lines, and write nothing");
  app.add_flag("--leader-elect", options.leader_election.enabled,
               "Write only as the holder of the Lease meshtrace-controller; default: true");
}

void add_audit_flags(CLI::App& app, AuditFlags& audit) {
  app.add_flag(
      "--audit", audit.enabled,
      "Audit the cluster while leading: OpenReports, metrics, a summary in each policy's status; default: true");
}

void add_server_flags(CLI::App& app, Options& options, std::string& log_level) {
  app.add_option("--bind-address", options.server.address,
                 "IP address to listen on; 0.0.0.0 and :: mean all interfaces, IPv4 and IPv6")
      ->capture_default_str();
  app.add_option("--secure-port", options.server.port, "HTTPS port; 0 takes a free one, which the log names")
      ->capture_default_str();
  app.add_option("--log-level", log_level, "debug, info, warn or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

void add_certificate_flags(CLI::App& app, CertificateFlags& certificates) {
  app.add_flag("--manage-certificates", certificates.manage,
               "Make and renew the webhook's certificate; default: true. false: cert-manager or files do");
  app.add_option("--webhook-service", certificates.webhook_service, "The webhook's Service, whose names it is for")
      ->capture_default_str();
  app.add_option("--webhook-certificate-secret", certificates.leaf_secret, "Secret with the webhook's certificate")
      ->capture_default_str();
  app.add_option("--certificate-ca-secret", certificates.authority_secret, "Secret with the CA")->capture_default_str();
}

ExitCode wrong(const std::string& why) {
  std::cerr << "meshtrace-controller: " << why << "\nRun meshtrace-controller --help for the flags.\n";
  return kExitUsage;
}

}  // namespace

std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv) {
  Options options;
  std::string writes = "auto";
  std::string log_level = "info";
  CLI::App app(kDescription, "meshtrace-controller");
  app.footer(kFooter);
  app.get_formatter()->column_width(36);
  app.option_defaults()->take_last();  // as Kubernetes' programs do: an overlay appends what it changes
  app.set_version_flag("--version", "meshtrace-controller " MESHTRACE_VERSION, "Print the version and end");
  add_cluster_flags(app, options, writes);
  add_server_flags(app, options, log_level);
  add_certificate_flags(app, options.certificates);
  add_audit_flags(app, options.audit);
  const std::vector<TimeFlag> times = time_flags(options);
  std::vector<std::string> texts;
  texts.reserve(times.size());  // CLI11 keeps pointers to them
  for (const TimeFlag& time : times) {
    texts.push_back(trace::format_duration(*time.value));
    app.add_option(time.name, texts.back(), time.help)->capture_default_str()->check(check_time);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
      return wrong(error.what());
    }
    app.exit(error, std::cout, std::cerr);
    return kExitOk;
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    *times[i].value = trace::parse_duration(texts[i]).value_or(*times[i].value);
  }
  if (const std::string why = check_election(options.leader_election); !why.empty()) {
    return wrong(why);
  }
  options.mesh_config_writes = kWrites.at(writes);
  options.log_level = log::parse_level(log_level).value_or(log::Level::kInfo);
  return options;
}

}  // namespace meshtrace::controller
