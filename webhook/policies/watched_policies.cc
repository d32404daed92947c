#include "webhook/policies/watched_policies.h"

#include "core/policy/decode.h"
#include "net/process/log.h"

namespace meshtrace::webhook {
namespace {

std::string joined(const std::vector<policy::FieldError>& findings) {
  std::string text;
  for (const auto& finding : findings) text += (text.empty() ? "" : "; ") + finding.path + ": " + finding.message;
  return text;
}

}  // namespace

WatchedPolicies::Decoded WatchedPolicies::decode(const nlohmann::json& object) const {
  policy::DecodeOptions options;
  options.root_namespace = root_namespace_;
  options.unknown_fields = policy::DecodeOptions::UnknownFields::kWarn;
  policy::Decoded decoded = policy::decode(object, options);
  const std::string ns = kube::metadata_string(object, "namespace");
  const std::string name = kube::metadata_string(object, "name");
  if (!decoded.policy) {
    log::error("policy is invalid and left out",
               {{"namespace", ns}, {"policy", name}, {"problem", joined(decoded.errors)}});
    return nullptr;
  }
  if (!decoded.warnings.empty()) {
    log::warn("policy", {{"namespace", ns}, {"policy", name}, {"warning", joined(decoded.warnings)}});
  }
  return std::make_shared<const policy::TracingPolicy>(std::move(*decoded.policy));
}

void WatchedPolicies::apply(const kube::Change& change) {
  const std::lock_guard lock(mutex_);
  const bool changed = store_.apply(change, [this](const nlohmann::json& object) { return decode(object); });
  if (listed_ && !changed) return;
  listed_ = true;
  dirty_ = true;
  changed_.notify_all();
}

bool WatchedPolicies::wait_for_change(const std::stop_token& stop, Set& set) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return dirty_; }) || stop.stop_requested()) return false;
  dirty_ = false;
  set = {};
  set.policies.reserve(store_.entries().size());
  for (const auto& [key, entry] : store_.entries()) {
    if (entry.value) {
      set.policies.push_back(*entry.value);
    } else {
      ++set.rejected;
    }
  }
  return true;
}

}  // namespace meshtrace::webhook
