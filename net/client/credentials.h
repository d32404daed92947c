// What a request carries to be let in, read from the files that the configuration names or got from its plugin.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "kube/client_config.h"
#include "kube/exec_credential.h"
#include "net/client/tls.h"

namespace meshtrace::net {

struct Credentials {
  std::string authorization;  // the header's value; empty: none
  TlsMaterial tls;
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// Not synchronised.
class CredentialSource {
 public:
  explicit CredentialSource(kube::ClientConfig config) : config_(std::move(config)) {}

  // Reads every file anew. A plugin is run when there is nothing from it yet, when that has expired, or when the API
  // server refused it. Errors name the file and never its content.
  enum class Last { kNotRefused, kRefused };
  Result<Credentials> read(Last last);

 private:
  Result<void> run_plugin(Last last, const std::string& authority_pem);

  kube::ClientConfig config_;
  std::optional<kube::ExecCredential> from_plugin_;
};

}  // namespace meshtrace::net
