// Follows the objects that decide about the mesh, one thread for each resource, into the cache.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "controller/cache.h"
#include "controller/metrics.h"
#include "net/client/api_client.h"

namespace meshtrace::controller {

// Until the threads are destroyed. An Istio kind that the API server does not serve is asked for again and again, with
// a back-off: Istio may be installed after us.
// `tell` gets what the cache gets, too; it may be empty.
using Tell = std::function<void(Kind, const kube::Change&)>;
std::vector<std::jthread> start_informers(net::ApiClient& client, const std::string& root_namespace, Cache& cache,
                                          Metrics& metrics, const Tell& tell);

}  // namespace meshtrace::controller
