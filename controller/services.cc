#include "controller/services.h"

#include <algorithm>

#include "kube/object_request.h"

namespace meshtrace::controller {
namespace {

constexpr std::size_t kMaxServices = 100;  // that are asked for; a mesh has a few tracing providers

}  // namespace

std::optional<bool> Services::ask(const std::string& service) const {
  const auto slash = service.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const kube::Resource resource{"", "v1", "services", service.substr(0, slash)};
  const auto reply = send_(kube::get_request(resource, service.substr(slash + 1), /*metadata_only=*/true));
  if (reply && reply->ok()) return true;
  if (reply && reply->status == kube::kNotFound) return false;
  return std::nullopt;
}

std::map<std::string, bool> Services::look_up(const std::set<std::string>& wanted, kube::Moment now) {
  std::erase_if(answers_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  std::map<std::string, bool> known;
  for (const std::string& service : wanted) {
    const auto found = answers_.find(service);
    if (found == answers_.end() && answers_.size() >= kMaxServices) continue;
    if (found == answers_.end() || now - found->second.asked >= max_age_) {
      answers_.insert_or_assign(service, Answer{ask(service), now});
    }
    if (const auto& exists = answers_.at(service).exists) known.emplace(service, *exists);
  }
  return known;
}

std::optional<kube::Moment> Services::next_due() const {
  std::optional<kube::Moment> due;
  for (const auto& [service, answer] : answers_) {
    const kube::Moment at = answer.asked + max_age_;
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

}  // namespace meshtrace::controller
