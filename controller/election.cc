#include "controller/election.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <utility>

#include "net/client/informer.h"
#include "net/process/log.h"

namespace meshtrace::controller {
namespace {

// Different for every process that ever runs: a container that is started again has its host name again.
std::string unique_identity() {
  std::random_device device;
  return fmt::format("{}_{:08x}-{:08x}", host_name(), device(), device());
}

kube::LeaseOptions lease_options(const Options& options) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  kube::LeaseOptions lease;
  lease.ns = options.own_namespace;
  lease.name = kLeaseName;
  lease.identity = unique_identity();
  lease.lease_duration = duration_cast<seconds>(options.leader_election.lease_duration);
  lease.renew_deadline = duration_cast<seconds>(options.leader_election.renew_deadline);
  lease.retry_period = duration_cast<seconds>(options.leader_election.retry_period);
  return lease;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> host{};
  return ::gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "";
}

Election::Election(kube::LeaseOptions lease, std::unique_ptr<net::ApiClient> client)
    : identity_(lease.identity), client_(std::move(client)), elector_(std::move(lease), net::system_random()) {}

Result<std::unique_ptr<Election>> Election::start(const Options& options, const kube::ClientConfig& cluster,
                                                  Metrics& metrics, std::function<void()> changed) {
  kube::LeaseOptions lease = lease_options(options);
  if (const auto checked = kube::check_lease_options(lease); !checked) return tl::make_unexpected(checked.error());
  net::ApiClientOptions client_options;
  client_options.cluster = cluster;
  client_options.user_agent = "meshtrace-controller/leader-election";
  // A renewal that hangs must leave time for another one.
  client_options.request_timeout = std::max(std::chrono::seconds(1), lease.renew_deadline / 2);
  auto client = net::ApiClient::create(std::move(client_options));
  if (!client) return tl::make_unexpected(client.error());
  std::unique_ptr<Election> election(new Election(std::move(lease), std::move(*client)));
  election->thread_ = std::jthread([self = election.get(), &metrics, changed = std::move(changed)](
                                       const std::stop_token& stop) { self->run(stop, metrics, changed); });
  return election;
}

void Election::run(const std::stop_token& stop, Metrics& metrics, const std::function<void()>& changed) {
  net::LeaderHandlers handlers;
  handlers.on_started = [&] {
    metrics.set_leader(true);
    log::info("leading: this replica writes", {{"identity", identity_}});
    changed();
  };
  handlers.on_stopped = [&] {
    metrics.set_leader(false);
    log::warn("not leading any more", {{"identity", identity_}});
    changed();
  };
  handlers.on_holder = [&](const std::string& holder) {
    if (holder != identity_) log::info("another replica leads", {{"holder", holder}});
  };
  handlers.on_problem = [&](const std::string& problem) {
    metrics.count_error("lease");
    log::warn("the lease cannot be taken or renewed", {{"problem", problem}});
  };
  net::run_leader_election(stop, *client_, elector_, leadership_, handlers);
}

}  // namespace meshtrace::controller
