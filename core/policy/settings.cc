#include "core/policy/settings.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include "core/policy/json_path.h"

namespace meshtrace::policy {
namespace {

using nlohmann::json;

// Goes up only when the same policy begins to give other variables: then every pod's mark is stale, rightly.
constexpr int kScheme = 1;
constexpr std::size_t kHashBytes = 8;

ServiceName service_name_of(const json& stated) {
  ServiceName name;
  const std::string from = stated.value("from", "Auto");
  name.from = from == "Canonical" ? ServiceName::From::kCanonical
              : from == "Label"   ? ServiceName::From::kLabel
              : from == "Value"   ? ServiceName::From::kValue
                                  : ServiceName::From::kAuto;
  name.key = stated.value("key", "");
  name.value = stated.value("value", "");
  name.use_well_known_labels = stated.value("useWellKnownLabels", false);
  return name;
}

template <class T>
std::optional<T> value_at(const json& merged, std::string_view path) {
  const json* value = find_at(merged, path);
  return value == nullptr ? std::nullopt : std::optional<T>(value->get<T>());
}

using Strings = std::vector<std::string>;

}  // namespace

void fill_settings(Effective& effective) {
  const json& merged = effective.merged;
  InjectionSettings& settings = effective.injection;
  settings.include = value_at<Strings>(merged, "workload.containers.include").value_or(Strings{});
  settings.exclude = value_at<Strings>(merged, "workload.containers.exclude").value_or(Strings{});
  settings.pod_identity = value_at<bool>(merged, "workload.podIdentity").value_or(false);
  if (const json* name = find_at(merged, "workload.serviceName")) settings.service_name = service_name_of(*name);
  if (const json* attributes = find_at(merged, "workload.resourceAttributes")) {
    for (const auto& [key, value] : attributes->items()) settings.resource_attributes.emplace_back(key, value);
  }
  settings.propagators = value_at<Strings>(merged, "workload.propagators").value_or(Strings{});
  if (const json* sampling = find_at(merged, "sampling"); sampling != nullptr && !sampling->empty()) {
    settings.sampling = Sampling{sampling->at("owner") == "Proxy" ? SamplingOwner::kProxy : SamplingOwner::kSdk,
                                 static_cast<int>(std::lround(sampling->at("percentage").get<double>() * 100))};
  }
  settings.exporter_endpoint = value_at<std::string>(merged, "workload.exporter.endpoint");
  settings.exporter_protocol = value_at<std::string>(merged, "workload.exporter.protocol");
  settings.sdk_disabled = value_at<bool>(merged, "workload.sdkDisabled");
  settings.hash = policy_hash(merged);
}

std::string policy_hash(const json& merged) {
  json hashed = {{"scheme", kScheme}};
  for (const char* group : {"sampling", "workload"}) {
    if (merged.contains(group)) hashed[group] = merged[group];
  }
  const std::string text = hashed.dump();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string hash;
  for (const unsigned char byte : std::span(digest).first<kHashBytes>()) hash += fmt::format("{:02x}", byte);
  return hash;
}

}  // namespace meshtrace::policy
