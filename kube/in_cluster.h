// The configuration of a pod that talks to its own cluster by its service account.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "kube/client_config.h"

namespace meshtrace::kube {

// Where the kubelet mounts token, ca.crt and namespace.
inline constexpr std::string_view kServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

struct InClusterFacts {
  std::string_view host;  // KUBERNETES_SERVICE_HOST
  std::string_view port;  // KUBERNETES_SERVICE_PORT
  std::string_view ns;    // the file `namespace` beside the token; may be empty
  std::string_view folder = kServiceAccountFolder;
};

Result<ClientConfig> in_cluster_config(const InClusterFacts& facts);

}  // namespace meshtrace::kube
