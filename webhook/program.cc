#include "webhook/program.h"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "core/trace/duration.h"
#include "net/client/config_files.h"
#include "net/process/log.h"
#include "net/process/readiness_log.h"
#include "net/process/signals.h"
#include "webhook/certificate.h"
#include "webhook/endpoints.h"
#include "webhook/policies/policy_directory.h"
#include "webhook/policies/policy_watch.h"

namespace meshtrace::webhook {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRefreshInterval{1'000};  // between two looks at certificate and readiness
constexpr std::chrono::milliseconds kDrainCheck{20};          // between two looks at what is still in flight

// Follows the policies on a thread of its own, until the thread object is destroyed.
Result<std::jthread> follow_policies(const Options& options, PolicyStore& store) {
  if (!options.policy_dir.empty()) {
    PolicyDirectoryOptions directory;
    directory.directory = options.policy_dir;
    directory.root_namespace = options.root_namespace;
    return std::jthread(
        [directory, &store](std::stop_token stop) { run_policy_directory(std::move(stop), directory, store); });
  }
  const bool in_pod = options.kubeconfig.empty() && net::in_cluster();
  auto cluster = in_pod ? net::load_in_cluster_config() : net::load_kubeconfig(options.kubeconfig, {});
  if (!cluster) return tl::make_unexpected(cluster.error());
  PolicyWatchOptions watch;
  watch.cluster = std::move(*cluster);
  watch.root_namespace = options.root_namespace;
  return std::jthread([watch, &store](std::stop_token stop) { run_policy_watch(std::move(stop), watch, store); });
}

int failed(const Error& error) {
  log::error("cannot start", {{"error", error.message()}});
  return kExitFailed;
}

// Waits for `time`, or for `done`; a signal meanwhile ends the process at once.
template <class Done>
void wait_while_draining(const Signals& signals, std::chrono::milliseconds time, const Done& done) {
  const Clock::time_point end = Clock::now() + time;
  while (!done() && Clock::now() < end) {
    if (const int second = signals.wait(kDrainCheck)) {
      log::warn("second signal: ended at once", {{"signal", second}});
      Signals::exit_at_once(second);
    }
  }
}

void drain(const Options& options, const Signals& signals, Health& health, net::Server& server) {
  health.set_draining();
  server.announce_end();
  wait_while_draining(signals, options.drain_delay, [] { return false; });
  server.stop_accepting();
  wait_while_draining(signals, options.drain_timeout, [&server] { return server.drained(); });
  if (server.drained()) {
    log::info("drained");
  } else {
    log::warn("connections were still open at the end of the drain", {{"connections", server.stats().open}});
  }
}

}  // namespace

int run(const Options& options) {
  log::init(options.log_level);
  const Signals signals;  // before any thread, so that none of them takes a signal
  PolicyStore policies(options.root_namespace);
  Health health(policies);
  Metrics metrics;
  Certificate certificate(options.certificate_path, options.key_path, health, metrics);
  const auto tls = certificate.load();
  if (!tls) return failed(tls.error());

  const auto listening = net::Server::listen(options.server, *tls);
  if (!listening) return failed(listening.error());
  net::Server& server = **listening;
  const auto follower = follow_policies(options, policies);
  if (!follower) return failed(follower.error());
  // The server owns its handler: it ends before what the handler refers to.
  const auto endpoints = std::make_shared<Endpoints>(policies, health, metrics, options.root_namespace,
                                                     [&server] { return server.stats(); });
  server.serve([endpoints](const net::Request& request) { return endpoints->handle(request); });
  log::info("serving", {{"address", server.address()},
                        {"version", MESHTRACE_VERSION},
                        {"threads", options.server.threads},
                        {"maxConnections", server.max_connections()}});

  log::ReadinessLog readiness;
  int signal = 0;
  while ((signal = signals.wait(kRefreshInterval)) == 0) {
    certificate.refresh(server);
    readiness.look(health.not_ready());
  }
  log::info("draining", {{"signal", signal},
                         {"delay", trace::format_duration(options.drain_delay)},
                         {"timeout", trace::format_duration(options.drain_timeout)}});
  drain(options, signals, health, server);
  return kExitOk;
}

}  // namespace meshtrace::webhook
