// What the checks of admission webhooks (MT1104, MT1105) share: the entries of a configuration, as the API server takes
// them.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "core/audit/object.h"
#include "core/base/json.h"

namespace meshtrace::audit {

inline constexpr const char* kOurWebhookService = "meshtrace-webhook";

// That calls meshtrace's webhook: by the Service's name, or, where it is called by URL, by the configuration's.
inline bool is_our_webhook(const Object& configuration, const nlohmann::json& webhook) {
  const std::string service = string_member(webhook, {"clientConfig", "service", "name"});
  return service.empty() ? configuration.ref.name == kOurWebhookService : service == kOurWebhookService;
}

inline const nlohmann::json& webhooks_of(const Object& configuration) {
  return array_member(configuration.value, {"webhooks"});
}

// "webhooks[1].clientConfig.caBundle"
inline std::string webhook_field(std::size_t index, const char* field) {
  return fmt::format("webhooks[{}].{}", index, field);
}

}  // namespace meshtrace::audit
