#include "cli/cluster.h"

#include <memory>
#include <stop_token>
#include <utility>

#include "net/client/api_client.h"
#include "net/client/config_files.h"

namespace meshtrace::cli {

Result<Cluster> connect_to_cluster(const ClusterOptions& options) {
  auto config = net::load_kubeconfig(options.kubeconfig, {options.context, "", "", options.ns});
  if (!config) return tl::make_unexpected(std::move(config.error()));
  Cluster cluster;
  cluster.ns = config->ns;
  net::ApiClientOptions client_options;
  client_options.cluster = *std::move(config);
  client_options.user_agent = "kubectl-meshtrace";
  auto client = net::ApiClient::create(std::move(client_options));
  if (!client) return tl::make_unexpected(std::move(client.error()));
  cluster.send = [shared = std::shared_ptr<net::ApiClient>(*std::move(client))](const kube::Request& request) {
    return shared->send(request, std::stop_token());
  };
  return cluster;
}

}  // namespace meshtrace::cli
