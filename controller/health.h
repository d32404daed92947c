// Whether this replica does its work, and if not, why: what /readyz says. Written by the program, read by probes.
#pragma once

#include <atomic>
#include <string>

#include "controller/cache.h"

namespace meshtrace::controller {

class Health {
 public:
  explicit Health(const Cache& cache) : cache_(cache) {}

  void set_ending() { ending_.store(true, std::memory_order_relaxed); }

  // Empty when ready; otherwise one sentence. A replica that does not lead is ready: its caches are warm.
  [[nodiscard]] std::string not_ready() const {
    return ending_.load(std::memory_order_relaxed) ? "this replica is shutting down" : cache_.not_synced();
  }

 private:
  const Cache& cache_;
  std::atomic<bool> ending_{false};
};

}  // namespace meshtrace::controller
