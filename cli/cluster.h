// A command's way to the API server: which one is meant, and requests as values. The sockets are main's (cluster.cc);
// tests give replies of their own.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"
#include "kube/reply.h"
#include "kube/request.h"

namespace meshtrace::cli {

// As kubectl has them.
struct ClusterOptions {
  std::string kubeconfig;  // --kubeconfig; empty: KUBECONFIG, else ~/.kube/config
  std::string context;     // --context; empty: current-context
  std::string ns;          // -n; empty: the context's
  bool all_namespaces = false;
};

struct Cluster {
  std::string ns;  // -n, else the context's, else default
  std::function<Result<kube::Reply>(const kube::Request&)> send;
};

// By kubeconfig, also inside a pod. Connects to nobody yet.
Result<Cluster> connect_to_cluster(const ClusterOptions& options);

}  // namespace meshtrace::cli
