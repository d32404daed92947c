#include "controller/istiod/syncz.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kube/reply.h"

namespace meshtrace::controller {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

constexpr std::size_t kMaxNameBytes = 512;

// Type URLs by the names that istiod's metrics have for them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes = {{
    {"envoy.config.listener.v3.Listener", "lds"},
    {"envoy.config.cluster.v3.Cluster", "cds"},
    {"envoy.config.route.v3.RouteConfiguration", "rds"},
    {"envoy.config.endpoint.v3.ClusterLoadAssignment", "eds"},
    {"envoy.config.core.v3.TypedExtensionConfig", "ecds"},
    {"envoy.extensions.transport_sockets.tls.v3.Secret", "sds"},
    {"istio.networking.nds.v1.NameTable", "nds"},
}};

std::string short_type(std::string_view url) {
  const auto slash = url.rfind('/');
  const std::string_view type = slash == std::string_view::npos ? url : url.substr(slash + 1);
  const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& one) { return one.first == type; });
  return known == kTypes.end() ? kube::printable(type, kMaxNameBytes) : std::string(known->second);
}

// A field that is absent, or no string, is empty.
std::string_view text_of(simdjson::simdjson_result<ondemand::value> value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

error_code take_resource(ProxyState& proxy, std::string_view type, ondemand::object resource) {
  std::string_view sent;
  std::string_view acked;
  std::string_view refused;
  for (auto field : resource) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    if (key == "sent") sent = text_of(field.value());
    if (key == "acked") acked = text_of(field.value());
    if (key == "lastError") refused = text_of(field.value());
  }
  if (!refused.empty()) {
    proxy.refusals.push_back({{}, short_type(type), kube::cut(refused, kMaxRefusalBytes)});
  } else if (!sent.empty() && sent != acked) {
    proxy.waiting = true;
  }
  return simdjson::SUCCESS;
}

error_code take_resources(ProxyState& proxy, ondemand::object resources) {
  for (auto field : resources) {
    std::string_view type;
    ondemand::object resource;
    if (const auto error = field.unescaped_key().get(type)) return error;
    if (const auto error = field.value().get_object().get(resource)) return error;
    if (const auto error = take_resource(proxy, type, resource)) return error;
  }
  return simdjson::SUCCESS;
}

error_code take_proxy(ProxyState& proxy, ondemand::object entry) {
  for (auto field : entry) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    if (key == "proxy") {
      proxy.name = kube::printable(text_of(field.value()), kMaxNameBytes);
    } else if (key == "istio_version") {
      proxy.istio_version = kube::printable(text_of(field.value()), kMaxNameBytes);
    } else if (key == "resources") {
      ondemand::object resources;
      if (const auto error = field.value().get_object().get(resources)) return error;
      if (const auto error = take_resources(proxy, resources)) return error;
    }
  }
  for (Refusal& refusal : proxy.refusals) refusal.proxy = proxy.name;
  return simdjson::SUCCESS;
}

error_code take_all(std::vector<ProxyState>& proxies, ondemand::document& document) {
  ondemand::array entries;
  if (const auto error = document.get_array().get(entries)) return error;
  for (auto entry : entries) {
    ondemand::object object;
    if (const auto error = entry.get_object().get(object)) return error;
    if (const auto error = take_proxy(proxies.emplace_back(), object)) return error;
  }
  return simdjson::SUCCESS;
}

}  // namespace

Result<std::vector<ProxyState>> parse_syncz(std::string_view body) {
  const simdjson::padded_string text(body);
  ondemand::parser parser;
  ondemand::document document;
  std::vector<ProxyState> proxies;
  error_code error = parser.iterate(text).get(document);
  if (error == simdjson::SUCCESS) error = take_all(proxies, document);
  if (error != simdjson::SUCCESS) {
    return fail("/debug/syncz", std::string("not as expected: ") + simdjson::error_message(error));
  }
  return proxies;
}

}  // namespace meshtrace::controller
