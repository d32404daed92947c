#include "net/client/credentials.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kube/base64.h"
#include "net/client/exec_plugin.h"
#include "net/client/file.h"

namespace meshtrace::net {
namespace {

Result<std::string> read_pem(const kube::PemSource& source) {
  if (!source.data.empty() || source.file.empty()) return source.data;
  return read_file(source.file);
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<std::string> bearer(const std::string& where, const std::string& token) {
  // A line break would end the header and begin another.
  const bool printable = std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || token.empty()) return fail(where, "holds no bearer token: one word of printable ASCII is needed");
  return "Bearer " + token;
}

Result<std::string> read_authorization(const kube::ClientConfig& config) {
  if (!config.token_file.empty()) {
    const auto token = read_file(config.token_file);
    if (!token) return tl::make_unexpected(token.error());
    return bearer(config.token_file, trimmed(*token));
  }
  if (!config.token.empty()) return bearer("token", config.token);
  if (!config.username.empty()) {
    return "Basic " + kube::base64_encode(config.username + ":" + config.password);
  }
  return std::string();
}

}  // namespace

Result<void> CredentialSource::run_plugin(Last last, const std::string& authority_pem) {
  // Some time before it expires: a request must not meet the moment.
  const auto now =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::seconds(10);
  const bool expired = from_plugin_ && from_plugin_->expires && *from_plugin_->expires <= now;
  if (from_plugin_ && !expired && last == Last::kNotRefused) return {};
  auto credential = run_exec_plugin(config_, authority_pem);
  if (!credential) return tl::make_unexpected(credential.error());
  from_plugin_ = std::move(*credential);
  return {};
}

Result<Credentials> CredentialSource::read(Last last) {
  auto authority = read_pem(config_.certificate_authority);
  if (!authority) return tl::make_unexpected(authority.error());
  kube::ClientConfig config = config_;
  if (config.exec) {
    if (const auto run = run_plugin(last, *authority); !run) return tl::make_unexpected(run.error());
    if (!from_plugin_->token.empty()) config.token = from_plugin_->token;
    if (!from_plugin_->client_key_pem.empty()) {
      config.client_certificate = {from_plugin_->client_certificate_pem, {}};
      config.client_key = {from_plugin_->client_key_pem, {}};
    }
  }
  auto authorization = read_authorization(config);
  if (!authorization) return tl::make_unexpected(authorization.error());
  auto certificate = read_pem(config.client_certificate);
  if (!certificate) return tl::make_unexpected(certificate.error());
  auto key = read_pem(config.client_key);
  if (!key) return tl::make_unexpected(key.error());
  return Credentials{
      std::move(*authorization),
      {std::move(*authority), std::move(*certificate), std::move(*key), !config.insecure_skip_tls_verify}};
}

}  // namespace meshtrace::net
