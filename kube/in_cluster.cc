#include "kube/in_cluster.h"

#include <fmt/format.h>

namespace meshtrace::kube {

Result<ClientConfig> in_cluster_config(const InClusterFacts& facts) {
  if (facts.host.empty() || facts.port.empty()) {
    return fail("in-cluster configuration",
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; name a kubeconfig");
  }
  ClientConfig config;
  // cpprest cannot connect to an IPv6 literal; the service's name is in the server's certificate as well.
  const bool ipv6 = facts.host.find(':') != std::string_view::npos;
  config.server = fmt::format("https://{}:{}", ipv6 ? "kubernetes.default.svc" : facts.host, facts.port);
  config.token_file = fmt::format("{}/token", facts.folder);
  config.certificate_authority.file = fmt::format("{}/ca.crt", facts.folder);
  const std::size_t end = facts.ns.find_last_not_of(" \r\n");
  if (end != std::string_view::npos) config.ns = facts.ns.substr(0, end + 1);
  return config;
}

}  // namespace meshtrace::kube
