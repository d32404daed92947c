// The command line of meshtrace-controller.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "core/mesh/facts.h"
#include "core/policy/policy.h"
#include "net/process/log.h"
#include "net/server/server.h"

namespace meshtrace::controller {

// Exit codes of the program (docs/controller.md).
enum ExitCode {
  kExitOk = 0,      // ended by a signal, or --help, --version
  kExitFailed = 1,  // could not start: the port, the API server's configuration
  kExitUsage = 2,   // the command line
};

// Leader election with client-go's meanings and defaults.
struct LeaderElectionOptions {
  bool enabled = true;  // false: this replica writes at once; there must be no other
  // How long a lease that is not renewed keeps others out.
  std::chrono::milliseconds lease_duration{15'000};
  // How long a leader goes on without having renewed; less than the lease, for the clocks' sake.
  std::chrono::milliseconds renew_deadline{10'000};
  std::chrono::milliseconds retry_period{2'000};  // between two attempts to take or renew it
};

// The webhook's certificate, which the leader makes and renews.
struct CertificateFlags {
  bool manage = true;  // false: cert-manager, or files of the user's
  std::string webhook_service = "meshtrace-webhook";
  std::string leaf_secret = "meshtrace-webhook-tls";
  std::string authority_secret = "meshtrace-webhook-ca";
  std::chrono::milliseconds leaf_lifetime{std::chrono::hours(2160)};        // 90 days
  std::chrono::milliseconds authority_lifetime{std::chrono::hours(87600)};  // 10 years
  // Between a new CA in caBundle and the first leaf that it signed: how long API servers need to take it.
  std::chrono::milliseconds propagation_delay{std::chrono::minutes(2)};
};

struct AuditFlags {
  bool enabled = true;
  // Between two passes over the pods and all checks; what changes is checked within seconds.
  std::chrono::milliseconds interval{std::chrono::minutes(10)};
};

struct Options {
  net::ServerOptions server;  // --bind-address, --secure-port
  std::string kubeconfig;     // empty: in a pod its service account, elsewhere as kubectl finds it
  std::string root_namespace = policy::kDefaultRootNamespace;
  std::string own_namespace = "meshtrace-system";  // of the Lease, the Secrets and the webhook's Service
  mesh::MeshConfigWrites mesh_config_writes = mesh::MeshConfigWrites::kAuto;
  bool dry_run = false;  // prints what would be written, and writes nothing: no lease, no events, no certificates
  LeaderElectionOptions leader_election;
  CertificateFlags certificates;
  AuditFlags audit;
  // Everything is decided again at least this often, and what is asked for by name (Services, versions) is asked again.
  std::chrono::milliseconds resync_period{std::chrono::minutes(10)};
  log::Level log_level = log::Level::kInfo;
};

// The options, or the exit code when there is nothing to run: help, version or an error has been printed then.
std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv);

}  // namespace meshtrace::controller
