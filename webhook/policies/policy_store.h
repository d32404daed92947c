// What the webhook knows about policies at this moment: one writer (a policy source) publishes, every request reads.
// A reader takes a snapshot, a copy of one shared pointer under a mutex held for some nanoseconds, and keeps it for
// its whole request: an index is immutable, so a change never shows in the middle of an admission.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "core/policy/index.h"

namespace meshtrace::webhook {

class PolicyStore {
 public:
  explicit PolicyStore(const std::string& root_namespace);

  // Never null: an empty index until the first publish().
  [[nodiscard]] std::shared_ptr<const policy::Index> index() const;

  // True since the first publish(), and for good: what is known stays in force while its source is away.
  [[nodiscard]] bool synced() const;

  struct Status {
    bool synced = false;
    std::string problem;          // why the source is not up to date now; empty when it is
    std::uint64_t failures = 0;   // report_problem() calls since the start
    std::uint64_t publishes = 0;  // publish() calls since the start
    std::size_t rejected = 0;     // policies that the published set leaves out because they are invalid
  };
  // For readiness and metrics.
  [[nodiscard]] Status status() const;

  // For the source: a new set of policies, of which `rejected` were left out.
  void publish(std::shared_ptr<const policy::Index> index, std::size_t rejected);
  // For the source: it could not read or reach its policies; the published set stays in force.
  void report_problem(std::string problem);
  // For the source: it is up to date again.
  void clear_problem();

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const policy::Index> index_;
  Status status_;
};

}  // namespace meshtrace::webhook
