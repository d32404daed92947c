// Finds and reads the files that kube/'s configurations are made of.
#pragma once

#include <string>

#include "core/base/result.h"
#include "kube/client_config.h"
#include "kube/kubeconfig.h"

namespace meshtrace::net {

// From the environment and the mounted service account of a pod.
Result<kube::ClientConfig> load_in_cluster_config();

// True where the environment says that this is a pod.
bool in_cluster();

// As kubectl: `path` (--kubeconfig) if given, which must exist; else the files of the variable KUBECONFIG, of which
// missing ones are skipped; else ~/.kube/config.
Result<kube::ClientConfig> load_kubeconfig(const std::string& path, const kube::KubeconfigChoice& choice);

}  // namespace meshtrace::net
