// Whether this replica should be sent requests, and if not, why. Written by the program's main thread, read by probes.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "webhook/policies/policy_store.h"

namespace meshtrace::webhook {

class Health {
 public:
  explicit Health(const PolicyStore& policies) : policies_(policies) {}

  // Why there is no certificate to serve with; empty once there is one. A bad renewal is no reason: the old one serves.
  void set_certificate_problem(std::string problem);
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }

  // Empty when ready; otherwise one sentence.
  [[nodiscard]] std::string not_ready() const;

 private:
  const PolicyStore& policies_;
  std::atomic<bool> draining_{false};
  mutable std::mutex mutex_;
  std::string certificate_problem_ = "has not been read yet";
};

}  // namespace meshtrace::webhook
