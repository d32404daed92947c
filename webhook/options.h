// The command line of meshtrace-webhook.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "core/policy/policy.h"
#include "net/process/log.h"
#include "net/server/server.h"

namespace meshtrace::webhook {

// Exit codes of the program (docs/webhook.md).
enum ExitCode {
  kExitOk = 0,      // ended by a signal after a graceful drain, or --help, --version
  kExitFailed = 1,  // could not start: the port, the API server's configuration
  kExitUsage = 2,   // the command line
};

struct Options {
  net::ServerOptions server;  // --bind-address, --secure-port, --threads, --max-connections
  std::string certificate_path = "/etc/meshtrace/tls/tls.crt";
  std::string key_path = "/etc/meshtrace/tls/tls.key";
  std::string policy_dir;  // empty: policies come from the API server
  std::string kubeconfig;  // empty: in a pod its service account, elsewhere as kubectl finds it
  std::string root_namespace = policy::kDefaultRootNamespace;
  // Between a signal and the end of accepting: how long endpoints need to tell the API servers. A whole rollout waits
  // for it, so not longer than it takes.
  std::chrono::milliseconds drain_delay{5'000};
  // From the end of accepting to the end of what is in flight. With the delay less than the pod's grace period (30 s).
  std::chrono::milliseconds drain_timeout{10'000};
  log::Level log_level = log::Level::kInfo;
};

// The options, or the exit code when there is nothing to run: help, version or an error has been printed then.
std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv);

}  // namespace meshtrace::webhook
