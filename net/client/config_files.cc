#include "net/client/config_files.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "kube/in_cluster.h"
#include "net/client/file.h"

namespace meshtrace::net {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Result<kube::Kubeconfig> read_kubeconfig(const std::string& path) {
  const auto text = read_file(path, kube::kMaxKubeconfigBytes);
  if (!text) return tl::make_unexpected(text.error());
  return kube::parse_kubeconfig(path, *text);
}

}  // namespace

bool in_cluster() { return !variable("KUBERNETES_SERVICE_HOST").empty(); }

Result<kube::ClientConfig> load_in_cluster_config() {
  const std::string host = variable("KUBERNETES_SERVICE_HOST");
  const std::string port = variable("KUBERNETES_SERVICE_PORT");
  const std::string ns = read_file(std::string(kube::kServiceAccountFolder) + "/namespace").value_or("");
  return kube::in_cluster_config({host, port, ns});
}

Result<kube::ClientConfig> load_kubeconfig(const std::string& path, const kube::KubeconfigChoice& choice) {
  std::vector<std::string> paths;
  if (!path.empty()) {
    paths = {path};
  } else if (paths = kube::kubeconfig_paths(variable("KUBECONFIG")); paths.empty()) {
    paths = {variable("HOME") + "/.kube/config"};
  }
  std::vector<kube::Kubeconfig> files;
  std::string missing;
  for (const std::string& name : paths) {
    if (path.empty() && ::access(name.c_str(), F_OK) != 0) {
      missing += (missing.empty() ? "" : ", ") + name;
      continue;
    }
    auto file = read_kubeconfig(name);
    if (!file) return tl::make_unexpected(file.error());
    files.push_back(std::move(*file));
  }
  if (files.empty()) return fail("kubeconfig", "not found: " + missing + "; set KUBECONFIG or name a file");
  return kube::select_context(kube::merge_kubeconfigs(std::move(files)), choice);
}

}  // namespace meshtrace::net
