#include "webhook/health.h"

#include <utility>

namespace meshtrace::webhook {

void Health::set_certificate_problem(std::string problem) {
  const std::lock_guard lock(mutex_);
  certificate_problem_ = std::move(problem);
}

std::string Health::not_ready() const {
  if (draining_.load(std::memory_order_relaxed)) return "this replica is shutting down";
  {
    const std::lock_guard lock(mutex_);
    if (!certificate_problem_.empty()) return "no certificate to serve with yet: " + certificate_problem_;
  }
  const PolicyStore::Status policies = policies_.status();
  if (policies.synced) return "";
  return "the policies are not known yet" + (policies.problem.empty() ? "" : ": " + policies.problem);
}

}  // namespace meshtrace::webhook
