// Policies from the API server: TracingPolicies of all namespaces by list and watch, published as they change.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "kube/client_config.h"
#include "webhook/policies/policy_store.h"

namespace meshtrace::webhook {

struct PolicyWatchOptions {
  kube::ClientConfig cluster;  // of net::load_in_cluster_config() or net::load_kubeconfig()
  std::string root_namespace = policy::kDefaultRootNamespace;
  // A first change is published at once; those that follow within this time of it are published together.
  std::chrono::milliseconds coalesce{50};
};

// Follows the API server and publishes into `store` until `stop` is requested; returns within a fraction of a second
// of that, also in the middle of a watch. A stored policy that is invalid is left out, loudly; the others hold. Without
// the CRD (404) there is nothing to sync with: the store stays as it is, and the attempt is repeated.
void run_policy_watch(std::stop_token stop, const PolicyWatchOptions& options, PolicyStore& store);

}  // namespace meshtrace::webhook
