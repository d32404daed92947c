#include "webhook/policies/policy_store.h"

#include <utility>
#include <vector>

namespace meshtrace::webhook {

PolicyStore::PolicyStore(const std::string& root_namespace)
    : index_(std::make_shared<const policy::Index>(std::vector<policy::TracingPolicy>{}, root_namespace)) {}

std::shared_ptr<const policy::Index> PolicyStore::index() const {
  const std::lock_guard lock(mutex_);
  return index_;
}

bool PolicyStore::synced() const {
  const std::lock_guard lock(mutex_);
  return status_.synced;
}

PolicyStore::Status PolicyStore::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void PolicyStore::publish(std::shared_ptr<const policy::Index> index, std::size_t rejected) {
  {
    const std::lock_guard lock(mutex_);
    index_.swap(index);
    status_.synced = true;
    status_.rejected = rejected;
    ++status_.publishes;
  }
  // The old index is now `index` and, if no request holds it any more, is freed here: outside the lock.
}

void PolicyStore::report_problem(std::string problem) {
  const std::lock_guard lock(mutex_);
  status_.problem = std::move(problem);
  ++status_.failures;
}

void PolicyStore::clear_problem() {
  const std::lock_guard lock(mutex_);
  status_.problem.clear();
}

}  // namespace meshtrace::webhook
