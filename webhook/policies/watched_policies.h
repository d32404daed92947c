// The stored policies of a cluster, decoded one by one as they change, and the index of all of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "core/policy/index.h"
#include "kube/store.h"

namespace meshtrace::webhook {

// One thread applies changes, another one waits for them: building an index of thousands of policies must not hold up
// the watch, and what changes meanwhile is built together.
class WatchedPolicies {
 public:
  explicit WatchedPolicies(std::string root_namespace) : root_namespace_(std::move(root_namespace)) {}

  // A policy that is invalid is left out and logged. The first change is always something to publish, even if it is
  // that there are no policies.
  void apply(const kube::Change& change);

  struct Set {
    std::vector<policy::TracingPolicy> policies;
    std::size_t rejected = 0;
  };
  // Waits until something changed since the last call; false once `stop` is requested.
  bool wait_for_change(const std::stop_token& stop, Set& set);

 private:
  using Decoded = std::shared_ptr<const policy::TracingPolicy>;  // null: invalid

  [[nodiscard]] Decoded decode(const nlohmann::json& object) const;

  const std::string root_namespace_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  kube::Store<Decoded> store_;
  bool listed_ = false;
  bool dirty_ = false;
};

}  // namespace meshtrace::webhook
