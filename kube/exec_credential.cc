#include "kube/exec_credential.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "kube/base64.h"
#include "kube/json.h"

namespace meshtrace::kube {
namespace {

// RFC 3339, as Kubernetes writes it: whole seconds, or a fraction that is left out here, then Z or an offset.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::tm time{};
  int length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour,
                  &time.tm_min, &time.tm_sec, &length) != 6) {
    return std::nullopt;
  }
  std::string zone = text.substr(static_cast<std::size_t>(length));
  if (zone.starts_with('.')) zone.erase(0, zone.find_first_not_of("0123456789", 1));
  int hours = 0;
  int minutes = 0;
  char sign = '+';
  if (zone != "Z" && std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3) return std::nullopt;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  const int offset = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&time) - offset));
}

}  // namespace

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
