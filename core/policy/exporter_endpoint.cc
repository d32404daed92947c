#include "core/policy/exporter_endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "core/policy/text.h"

namespace meshtrace::policy {
namespace {

constexpr const char* kPath = "spec.workload.exporter.endpoint";

// Kubernetes' names of environment variables, of which a reference names one.
bool is_variable_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && (name.front() < '0' || name.front() > '9') && std::all_of(name.begin(), name.end(), allowed);
}

// Why the kubelet would not expand a reference, or nothing.
std::optional<std::string> reference_problem(std::string_view text) {
  for (std::size_t at = text.find("$("); at != std::string_view::npos; at = text.find("$(", at + 2)) {
    const std::size_t close = text.find(')', at);
    if (close == std::string_view::npos) return "has $( without its )";
    const std::string_view name = text.substr(at + 2, close - at - 2);
    if (!is_variable_name(name)) return fmt::format("refers to {}, which is no name of a variable", in_quotes(name));
  }
  return std::nullopt;
}

struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;  // what stands behind the colon
};

Authority authority_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  // The host may be an IPv6 address in brackets, which holds colons.
  const std::size_t bracket = url.rfind(']');
  const std::size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {url, std::nullopt};
  return {url.substr(0, colon), url.substr(colon + 1)};
}

bool is_port(std::string_view text) {
  if (text.starts_with("$(") && text.ends_with(')')) return true;
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

void check_exporter(const nlohmann::json& exporter, Report& report) {
  const auto endpoint = exporter.find("endpoint");
  if (endpoint == exporter.end()) return;
  const std::string& url = endpoint->get_ref<const std::string&>();
  const auto invalid = [&](std::string_view what) {
    report.errors.add(kPath, fmt::format("Invalid value: {}: {}", in_quotes(url), what));
  };
  if (const auto problem = reference_problem(url)) return invalid(*problem);
  const Authority authority = authority_of(url);
  if (authority.host.empty()) return invalid("must name a host, as http://otel-collector.observability:4317 does");
  if (authority.port && !is_port(*authority.port)) return invalid("must have a port from 1 to 65535 behind the colon");

  const std::string protocol = exporter.value("protocol", "");
  if (protocol == "grpc" && authority.port == "4318") {
    report.warnings.add(kPath, "4318 is by convention the collector's port for http/protobuf, and protocol is grpc");
  } else if (protocol == "http/protobuf" && authority.port == "4317") {
    report.warnings.add(kPath, "4317 is by convention the collector's port for grpc, and protocol is http/protobuf");
  }
  if (url.ends_with("/v1/traces") || url.ends_with("/v1/traces/")) {
    report.warnings.add(kPath, "SDKs append /v1/traces to this address themselves: leave it out");
  }
}

}  // namespace meshtrace::policy
