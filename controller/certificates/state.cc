#include "controller/certificates/state.h"

#include <utility>

#include "kube/base64.h"
#include "kube/json.h"

namespace meshtrace::certificates {
namespace {

using nlohmann::json;

std::string decoded(const std::string& base64) { return kube::base64_decode(base64).value_or(std::string()); }

const json& member(const json& object, const char* key) {
  static const json kNothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNothing;
}

std::map<std::string, std::string> strings(const json& object) {
  std::map<std::string, std::string> out;
  if (!object.is_object()) return out;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) out.emplace(key, value.get<std::string>());
  }
  return out;
}

}  // namespace

kube::Resource secrets(const Options& options) { return {"", "v1", "secrets", options.ns}; }

std::vector<kube::Resource> webhook_configurations() {
  return {{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", ""},
          {"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", ""}};
}

Secret read_secret(json object) {
  Secret secret;
  for (auto& [key, value] : strings(member(object, "data"))) secret.data.emplace(key, decoded(value));
  secret.annotations = strings(member(member(object, "metadata"), "annotations"));
  secret.object = std::move(object);
  return secret;
}

Configuration read_configuration(const kube::Resource& resource, const json& object) {
  Configuration configuration;
  configuration.resource = resource;
  configuration.name = kube::metadata_string(object, "name");
  configuration.resource_version = kube::metadata_string(object, "resourceVersion");
  configuration.annotations = strings(member(member(object, "metadata"), "annotations"));
  for (const json& webhook : member(object, "webhooks")) {
    const std::string bundle = kube::string_or_empty(member(webhook, "clientConfig"), "caBundle");
    configuration.bundles.push_back(read_certificates(decoded(bundle)));
  }
  return configuration;
}

}  // namespace meshtrace::certificates
