// The audit that never ends: while this replica leads it follows the cluster, runs again the checks that a change
// concerns, looks at the pods every so often, and says what it found as reports, metrics and a summary for the
// policies' status. One thread; decisions are core/audit's.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/audit/object_store.h"
#include "controller/audit/served_kinds.h"
#include "core/audit/kept_findings.h"
#include "core/mesh/version.h"
#include "core/policy/policy.h"
#include "net/client/api_client.h"

namespace meshtrace::auditing {

struct AuditorOptions {
  std::string root_namespace = policy::kDefaultRootNamespace;
  // Between two passes over the pods, which also check everything else anew: certificates grow old without a change.
  std::chrono::milliseconds interval{600'000};
  // After a change, for what comes with it: a rollout or a `kubectl apply` is many changes.
  std::chrono::milliseconds quiet{1'000};
  // Between two looks at which kinds the API server serves; never longer than `interval`.
  std::chrono::milliseconds discovery{60'000};
  // Between two passes over the pods, when a policy or a namespace changed; never longer than `interval`.
  std::chrono::milliseconds pods_spacing{30'000};
};

// Findings by namespace, for those who look at one.
struct Summaries {
  std::map<std::string, audit::Summary> by_namespace;
  audit::Summary total;
  friend bool operator==(const Summaries&, const Summaries&) = default;
};

// Functions are called on the auditor's thread, but for `on_error`, which any may call.
struct AuditorParts {
  // Reports are bytes of a megabyte: a client with the patience for them. What is under way at the end is cut off: a
  // report that two replicas write is the same report.
  net::ApiClient& client;
  std::function<bool()> leading;
  std::function<std::optional<mesh::Version>()> istio;    // that runs; absent: not known
  std::function<void(const audit::Tally*)> on_findings;   // null: this replica does not audit (any more)
  std::function<void()> on_summaries;                     // summaries() are others
  std::function<void(std::string_view source)> on_error;  // it is tried again
};

class Auditor {
 public:
  Auditor(AuditorOptions options, AuditorParts parts) : options_(std::move(options)), parts_(std::move(parts)) {}

  // Kinds that others follow already, which tell what they see here.
  static const audit::Kinds& told_kinds();
  void tell(audit::Kind kind, std::string_view version, const kube::Change& change) {
    store_.apply(kind, version, change);
  }

  // Until `stop` is requested.
  void run(const std::stop_token& stop);

  // Null until there is something to say. The same pointer while nothing changes.
  [[nodiscard]] std::shared_ptr<const Summaries> summaries() const;

 private:
  friend class AuditSession;
  void publish(const audit::Tally& tally);

  const AuditorOptions options_;
  const AuditorParts parts_;
  ObjectStore store_;
  mutable std::mutex mutex_;  // of summaries_
  std::shared_ptr<const Summaries> summaries_;
};

}  // namespace meshtrace::auditing
