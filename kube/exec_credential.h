// What a credential plugin is told and what it answers (client.authentication.k8s.io, ExecCredential) as values;
// net/client runs it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "kube/client_config.h"

namespace meshtrace::kube {

struct ExecCredential {
  std::string token;
  std::string client_certificate_pem;
  std::string client_key_pem;
  // None: until the API server refuses it. In seconds, since nanoseconds end in the year 2262.
  std::optional<std::chrono::sys_seconds> expires;
};

// The text for the variable KUBERNETES_EXEC_INFO. The cluster is told only where the plugin asks for it;
// `authority_pem` is its CA.
std::string exec_info(const ClientConfig& config, const std::string& authority_pem, bool interactive);

// What the plugin printed. Errors never quote it.
Result<ExecCredential> parse_exec_credential(const ExecPlugin& plugin, std::string_view output);

}  // namespace meshtrace::kube
