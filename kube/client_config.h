// Where an API server is and who we are to it: what a kubeconfig's context, or a pod's service account, comes down to.
// Files are named here and read by net/client, which reads them again when they change.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meshtrace::kube {

// A PEM text given in place or by file; in place wins, as in kubectl.
struct PemSource {
  std::string data;
  std::string file;
  [[nodiscard]] bool empty() const { return data.empty() && file.empty(); }
  friend bool operator==(const PemSource&, const PemSource&) = default;
};

// A credential plugin of client.authentication.k8s.io, to be run by net/client.
struct ExecPlugin {
  std::string api_version;
  std::string command;  // a bare name is looked up in PATH; a path is absolute here
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string install_hint;
  enum class Interactive { kNever, kIfAvailable, kAlways } interactive = Interactive::kIfAvailable;
  bool provide_cluster_info = false;
  friend bool operator==(const ExecPlugin&, const ExecPlugin&) = default;
};

struct ClientConfig {
  std::string server;           // http(s)://host[:port][/prefix]
  std::string tls_server_name;  // checked and sent instead of the host; empty: the host
  bool insecure_skip_tls_verify = false;
  PemSource certificate_authority;  // empty: the system's
  PemSource client_certificate;
  PemSource client_key;
  std::string token;
  std::string token_file;  // wins over token, and is read again: service-account tokens rotate
  std::string username;
  std::string password;
  std::vector<std::pair<std::string, std::string>> impersonation;  // headers Impersonate-…, from the user's `as`
  std::optional<ExecPlugin> exec;
  std::string ns = "default";  // the context's namespace
};

}  // namespace meshtrace::kube
