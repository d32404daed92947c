#include "core/audit/path_hosts.h"

#include <fmt/format.h>

#include <algorithm>

namespace meshtrace::audit {
namespace {

constexpr std::string_view kClusterSuffix = ".svc.cluster.local";

struct Parts {
  std::string_view name;
  std::string_view ns;    // empty: a name alone
  std::string_view rest;  // "svc.cluster.local"
};

Parts split(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto first = host.find('.');
  if (first == std::string_view::npos) return {host, {}, {}};
  const std::string_view behind = host.substr(first + 1);
  const auto second = behind.find('.');
  if (second == std::string_view::npos) return {host.substr(0, first), behind, {}};
  return {host.substr(0, first), behind.substr(0, second), behind.substr(second + 1)};
}

// The cluster's domain is whatever stands behind "svc".
bool is_of_cluster(std::string_view rest) { return rest == "svc" || rest.starts_with("svc."); }

std::string_view suffix_of(std::string_view wildcard) { return wildcard.substr(1); }

}  // namespace

const Object* istio_service(const Snapshot& snapshot, std::string_view host, std::string_view ns) {
  const Parts parts = split(host);
  if (parts.ns.empty()) return snapshot.find(Kind::kService, ns, parts.name);
  return is_of_cluster(parts.rest) ? snapshot.find(Kind::kService, parts.ns, parts.name) : nullptr;
}

const Object* dns_service(const Snapshot& snapshot, std::string_view host, std::string_view ns) {
  const Parts parts = split(host);
  if (parts.ns.empty()) return snapshot.find(Kind::kService, ns, parts.name);
  return parts.rest.empty() || is_of_cluster(parts.rest) ? snapshot.find(Kind::kService, parts.ns, parts.name)
                                                         : nullptr;
}

std::string full_host(std::string_view host, std::string_view ns) {
  if (host.starts_with('*') || host.find('.') != std::string_view::npos) return std::string(host);
  return fmt::format("{}.{}{}", host, ns, kClusterSuffix);
}

std::string full_host(const Object& service) { return full_host(service.ref.name, service.ref.ns); }

bool hosts_meet(std::string_view one, std::string_view other) {
  if (one.starts_with('*') && other.starts_with('*')) {
    return suffix_of(one).ends_with(suffix_of(other)) || suffix_of(other).ends_with(suffix_of(one));
  }
  if (one.starts_with('*')) return other.ends_with(suffix_of(one));
  if (other.starts_with('*')) return one.ends_with(suffix_of(other));
  return one == other;
}

bool is_exported(const nlohmann::json& export_to, std::string_view owner, std::string_view ns) {
  if (export_to.empty()) return true;
  return std::any_of(export_to.begin(), export_to.end(), [&](const nlohmann::json& entry) {
    if (!entry.is_string()) return false;
    const auto& to = entry.get_ref<const std::string&>();
    return to == "*" || to == ns || (to == "." && owner == ns);
  });
}

}  // namespace meshtrace::audit
