#include "cli/probe_request.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/letter_case.h"
#include "kube/client_config.h"
#include "net/client/credentials.h"
#include "net/client/file.h"

namespace meshtrace::cli {
namespace {

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  const auto fits = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

// A line break would end the header and begin another.
bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Headers that have a flag of their own, or that the client itself must write.
std::string why_not(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 7> kOthers = {{
      {"traceparent", "traceparent is made by the probe; see --trace-id"},
      {"tracestate", "use --tracestate"},
      {"baggage", "use --baggage"},
      {"host", "use --host"},
      {"content-length", "the client sets Content-Length itself"},
      {"transfer-encoding", "the client sets Transfer-Encoding itself"},
      {"connection", "the client sets Connection itself"},
  }};
  const auto* found = std::find_if(kOthers.begin(), kOthers.end(),
                                   [&](const auto& other) { return equal_without_case(other.first, name); });
  return found == kOthers.end() ? std::string() : found->second;
}

Result<void> add_header(const std::string& where, std::string_view line, net::WebHeaders& headers) {
  const std::size_t colon = line.find(':');
  const std::string_view name = colon == std::string_view::npos ? "" : trimmed(line.substr(0, colon));
  if (!is_token(name)) return fail(where, "must be \"NAME: VALUE\", or @FILE with such lines");
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_header_value(value)) return fail(where, std::string(name) + ": its value has a control character");
  if (const std::string reason = why_not(name); !reason.empty()) return fail(where, reason);
  headers.emplace_back(name, value);
  return {};
}

Result<void> add_headers_of_file(const std::string& path, net::WebHeaders& headers) {
  const auto text = net::read_file(path);
  if (!text) return tl::make_unexpected(text.error());
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (auto added = add_header(path + ":" + std::to_string(number), line, headers); !added) return added;
  }
  return {};
}

Result<void> check(const ProbeOptions& options) {
  if (!options.method.empty() && !is_token(options.method)) return fail("--method", "is no HTTP method");
  for (const auto& [flag, value] :
       {std::pair{"--tracestate", &options.tracestate}, {"--baggage", &options.baggage}, {"--host", &options.host}}) {
    if (!is_header_value(*value)) return fail(flag, "has a control character");
  }
  const bool has_port = options.host.find(':') != std::string::npos;
  if (has_port && options.url.starts_with("https")) {
    return fail("--host", "must be a name without a port: it is also what the server's certificate must be for");
  }
  return {};
}

}  // namespace

Result<WebServer> web_server(const ServerOptions& options, const std::string& flags, const std::string& token) {
  if (options.certificate.empty() != options.key.empty()) {
    return fail(flags + "cert", "needs " + flags + "key, and the other way round");
  }
  kube::ClientConfig config;
  config.certificate_authority.file = options.certificate_authority;
  config.client_certificate.file = options.certificate;
  config.client_key.file = options.key;
  config.insecure_skip_tls_verify = options.insecure_skip_tls_verify;
  config.token_file = options.token_file;
  config.token = token;
  auto credentials = net::CredentialSource(config).read(net::CredentialSource::Last::kNotRefused);
  if (!credentials) return tl::make_unexpected(std::move(credentials.error()));

  WebServer server;
  server.client.tls = std::move(credentials->tls);
  server.client.user_agent = "kubectl-meshtrace";
  for (const std::string& header : options.headers) {
    auto added = header.starts_with('@') ? add_headers_of_file(header.substr(1), server.headers)
                                         : add_header(flags + "header", header, server.headers);
    if (!added) return tl::make_unexpected(std::move(added.error()));
  }
  server.has_token = !credentials->authorization.empty();
  if (server.has_token) server.headers.emplace_back("Authorization", std::move(credentials->authorization));
  return server;
}

Result<net::WebRequest> probe_request(const ProbeOptions& options, const probe::Context& context,
                                      const WebServer& server) {
  if (auto checked = check(options); !checked) return tl::make_unexpected(std::move(checked.error()));
  net::WebRequest request;
  request.method = options.method;
  if (request.method.empty()) request.method = options.data.empty() ? "GET" : "POST";
  request.url = options.url;
  request.host = options.host;
  request.body = options.data;
  request.headers = {{"traceparent", context.traceparent()}};
  if (!options.tracestate.empty()) request.headers.emplace_back("tracestate", options.tracestate);
  if (!options.baggage.empty()) request.headers.emplace_back("baggage", options.baggage);
  request.private_headers = server.headers;
  return request;
}

}  // namespace meshtrace::cli
