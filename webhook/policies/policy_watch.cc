#include "webhook/policies/policy_watch.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "kube/backoff.h"
#include "net/client/api_client.h"
#include "net/client/informer.h"
#include "net/client/pause.h"
#include "net/process/log.h"
#include "webhook/policies/watched_policies.h"

namespace meshtrace::webhook {
namespace {

const kube::Resource kTracingPolicies{"meshtrace.io", "v1alpha1", "tracingpolicies", ""};

void publish_changes(const std::stop_token& stop, const PolicyWatchOptions& options, WatchedPolicies& watched,
                     PolicyStore& store) {
  WatchedPolicies::Set set;
  while (watched.wait_for_change(stop, set)) {
    const std::size_t policies = set.policies.size();
    store.publish(std::make_shared<const policy::Index>(std::move(set.policies), options.root_namespace), set.rejected);
    log::info("policies changed", {{"policies", policies}, {"rejected", set.rejected}});
    net::pause(stop, options.coalesce);
  }
}

void report(PolicyStore& store, std::string problem, int status = 0) {
  if (status == kube::kNotFound) {
    problem += "; the CustomResourceDefinition tracingpolicies.meshtrace.io is not installed";
  }
  log::warn(store.synced() ? "policies cannot be watched, the last known ones stay in force"
                           : "policies cannot be read, not ready until they are",
            {{"problem", problem}});
  store.report_problem(std::move(problem));
}

// Credentials may come late (a Secret that is being mounted): wait for them as for the API server.
std::unique_ptr<net::ApiClient> connect(const std::stop_token& stop, const PolicyWatchOptions& options,
                                        const kube::Random& random, PolicyStore& store) {
  kube::Backoff backoff({}, random);
  while (!stop.stop_requested()) {
    net::ApiClientOptions client_options;
    client_options.cluster = options.cluster;
    client_options.user_agent = "meshtrace-webhook";
    auto client = net::ApiClient::create(std::move(client_options));
    if (client) return std::move(*client);
    report(store, client.error().message());
    net::pause(stop, backoff.next());
  }
  return nullptr;
}

}  // namespace

void run_policy_watch(std::stop_token stop, const PolicyWatchOptions& options, PolicyStore& store) {
  const kube::Random random = net::system_random();
  const auto client = connect(stop, options, random, store);
  if (!client) return;
  WatchedPolicies watched(options.root_namespace);
  std::jthread publisher([&] { publish_changes(stop, options, watched, store); });
  kube::ReflectorOptions reflector_options;
  reflector_options.resource = kTracingPolicies;
  kube::Reflector reflector(reflector_options, random);
  net::InformerHandlers handlers;
  handlers.on_change = [&](const kube::Change& change) { watched.apply(change); };
  handlers.on_problem = [&](const kube::Reflector::Problem& problem) {
    report(store, problem.message, problem.status);
  };
  handlers.on_current = [&] {
    if (store.status().problem.empty()) return;
    store.clear_problem();
    log::info("policies are watched again");
  };
  net::run_informer(stop, *client, reflector, handlers);
}

}  // namespace meshtrace::webhook
