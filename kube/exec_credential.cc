#include "kube/exec_credential.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "kube/base64.h"
#include "kube/json.h"
#include "kube/time.h"

namespace meshtrace::kube {
std::string exec_info(const ClientConfig& config, const std::string& authority_pem, bool interactive) {
  nlohmann::json info = {
      {"apiVersion", config.exec->api_version}, {"kind", "ExecCredential"}, {"spec", {{"interactive", interactive}}}};
  if (config.exec->provide_cluster_info) {
    nlohmann::json cluster = {{"server", config.server}};
    if (!config.tls_server_name.empty()) cluster["tls-server-name"] = config.tls_server_name;
    if (config.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!authority_pem.empty()) cluster["certificate-authority-data"] = base64_encode(authority_pem);
    info["spec"]["cluster"] = std::move(cluster);
  }
  return info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<ExecCredential> parse_exec_credential(const ExecPlugin& plugin, std::string_view output) {
  const std::string where = "exec " + plugin.command;
  const auto answer = parse_json(where, output);
  if (!answer) return tl::make_unexpected(answer.error());
  if (string_or_empty(*answer, "kind") != "ExecCredential" ||
      string_or_empty(*answer, "apiVersion") != plugin.api_version) {
    return fail(where, fmt::format("it printed no ExecCredential of {}", plugin.api_version));
  }
  const auto status = answer->find("status");
  if (status == answer->end()) return fail(where, "its ExecCredential has no status");
  ExecCredential credential{string_or_empty(*status, "token"), string_or_empty(*status, "clientCertificateData"),
                            string_or_empty(*status, "clientKeyData"), std::nullopt};
  if (credential.client_certificate_pem.empty() != credential.client_key_pem.empty()) {
    return fail(where, "clientCertificateData and clientKeyData go together; one is missing");
  }
  if (credential.token.empty() && credential.client_key_pem.empty()) {
    return fail(where, "its status has neither a token nor a client certificate");
  }
  if (const std::string time = string_or_empty(*status, "expirationTimestamp"); !time.empty()) {
    credential.expires = parse_time(time);
    if (!credential.expires) return fail(where, "expirationTimestamp is no time of RFC 3339");
  }
  return credential;
}

}  // namespace meshtrace::kube
