// The cluster's objects as the audit reads them: what informers last saw, without what no check reads, and which of
// them have changed since they were last looked at. Informers write, the auditor reads.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit/kept_findings.h"
#include "core/audit/kinds.h"
#include "core/audit/object.h"
#include "kube/reflector.h"

namespace meshtrace::auditing {

class ObjectStore {
 public:
  // `version`: of the API that the objects come in; items of a list do not say so themselves.
  void apply(audit::Kind kind, std::string_view version, const kube::Change& change);

  // Nothing of the kind is known any more: the API server does not serve it, or nobody follows it.
  void forget(audit::Kind kind);

  // Waits for a change, for `until` or for `stop`; after a change `quiet` longer, so that what comes together is looked
  // at together. Gives the objects that are other than they were at the last call.
  std::set<audit::SubjectKey> wait(const std::stop_token& stop, std::chrono::steady_clock::time_point until,
                                   std::chrono::milliseconds quiet);

  // Shared, not copied.
  [[nodiscard]] std::vector<audit::ObjectPointer> objects() const;
  // Whether the kind has been listed.
  [[nodiscard]] bool knows(audit::Kind kind) const;

 private:
  using Key = std::pair<std::string, std::string>;  // namespace, name
  struct Collection {
    std::map<Key, audit::ObjectPointer> objects;
    bool listed = false;
  };
  void put(audit::Kind kind, std::string_view version, const nlohmann::json& value);
  void erase(audit::Kind kind, const Key& key);
  void note(audit::Kind kind, const Key& key);

  mutable std::mutex mutex_;  // of everything below
  std::condition_variable_any signal_;
  std::array<Collection, audit::kKindCount> collections_;
  std::set<audit::SubjectKey> changed_;
};

// An object as it is kept; null for one that is not wanted: a ConfigMap that holds no mesh configuration.
audit::ObjectPointer keep(audit::Kind kind, std::string_view version, const nlohmann::json& value);

}  // namespace meshtrace::auditing
