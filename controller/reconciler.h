// The controller's loop: from everything that is known to a plan, from the plan to writes, and again, until the plan
// asks for nothing. Level-triggered: a round decides anew from what stands, so that a lost event costs nothing.
// One thread runs it; it alone writes the mesh.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/actions.h"
#include "controller/audit/auditor.h"
#include "controller/cache.h"
#include "controller/drift.h"
#include "controller/event_sender.h"
#include "controller/facts.h"
#include "controller/fights.h"
#include "controller/marks.h"
#include "controller/mesh_watch.h"
#include "controller/metrics.h"
#include "controller/pace.h"
#include "controller/services.h"
#include "controller/workloads/pod_watch.h"
#include "controller/writer.h"
#include "core/policy/index.h"
#include "kube/work_queue.h"

namespace meshtrace::controller {

struct ReconcilerOptions {
  std::string root_namespace = policy::kDefaultRootNamespace;
  mesh::MeshConfigWrites mesh_config_writes = mesh::MeshConfigWrites::kAuto;
  std::chrono::milliseconds resync{600'000};
  // Between two decisions: what changes meanwhile is decided together.
  std::chrono::milliseconds coalesce{50};
  // Between two looks at the pods' figures: they change with every pod of a rollout.
  std::chrono::milliseconds coalesce_pods{3'000};
  // Before a document that is gone is made again: where its policy went with it, the news of that may come later.
  std::chrono::milliseconds gone{500};
  // Longest time of writing before deciding anew: what is known may have changed.
  std::chrono::milliseconds writing{1'000};
  // After a failed write of one object, doubled each time. A second writer's storm of conflicts ends within the cap.
  kube::BackoffOptions retry{std::chrono::milliseconds(200), std::chrono::milliseconds(20'000)};
  PaceOptions pace;
  bool verify_writes = true;  // false: nothing is really written, so that nobody can refuse it
};

// All of them outlive the reconciler.
struct ReconcilerParts {
  Cache& cache;
  Writer& writer;
  MeshWatch& mesh_watch;
  Services& services;
  EventSender& events;
  Metrics& metrics;
  std::function<bool()> leading;
  // What the pods are like under these policies; null until they are known, the same pointer while nothing changes.
  std::function<std::shared_ptr<const workloads::Observed>(const std::shared_ptr<const policy::Index>&)> pods;
  // What the audit found, null until it has; empty where there is none.
  std::function<std::shared_ptr<const auditing::Summaries>()> audit = {};
};

class Reconciler {
 public:
  Reconciler(ReconcilerOptions options, ReconcilerParts parts, kube::Random random);

  // Until `stop` is requested, or to the end of the write that is under way then.
  void run(const std::stop_token& stop);

 private:
  using Clock = std::chrono::steady_clock;
  // What a write left, to notice one that changes nothing: the API server drops what its CRD does not know.
  struct LastWrite {
    std::size_t fingerprint = 0;  // of what was written
    std::string resource_version;
  };

  // Deciding (reconciler.cc)
  [[nodiscard]] kube::Moment next_due(kube::Moment now) const;
  [[nodiscard]] bool is_due(kube::Moment now) const;
  bool still_leading();
  bool new_pod_figures(kube::Moment now);
  void update_index(const Snapshot& snapshot);
  void decide(kube::Moment now);
  [[nodiscard]] mesh::Plan plan(const Snapshot& snapshot, kube::Moment now);
  [[nodiscard]] std::vector<Action> actions_for(const mesh::Plan& plan, const Snapshot& snapshot) const;
  void take_verdicts();
  void hold_vanished(const std::vector<Action>& actions, kube::Moment now);
  [[nodiscard]] bool is_held(const Action& action, kube::Moment now) const;
  void forget_fights(const mesh::Plan& plan);
  // True where a field was given up, so that the plan is to be made again.
  bool note_drift(const std::vector<Action>& actions, kube::Moment now);
  void enqueue(std::vector<Action> actions, kube::Moment now);
  [[nodiscard]] bool is_futile(const Action& action) const;

  // Writing (reconciler_work.cc)
  void work(const std::stop_token& stop);
  void write(const std::stop_token& stop, const Action& action);
  void on_written(const Action& action, const Written& written);
  void on_failed(const Action& action, const Written& written, kube::Moment now);
  void publish_queue();

  const ReconcilerOptions options_;
  const ReconcilerParts parts_;
  const kube::Random random_;
  kube::WorkQueue<mesh::ObjectRef> queue_;
  std::map<mesh::ObjectRef, Action> actions_;        // of the last plan, that are not done yet
  std::map<mesh::ObjectRef, kube::Moment> waiting_;  // since when
  std::map<mesh::ObjectRef, std::string> problems_;  // why an object could not be written
  std::map<mesh::ObjectRef, LastWrite> last_writes_;
  std::map<mesh::ObjectRef, kube::Moment> vanished_;  // documents that stood: since when they are seen to be gone
  Marks marks_;
  Fights fights_;
  Drift drift_;
  Pace pace_;
  kube::Backoff server_backoff_;  // of the API server as a whole
  kube::Moment paused_until_{};
  kube::Moment decided_at_{};
  kube::Moment pods_at_{};
  std::shared_ptr<const policy::Index> index_;
  // The policies that it is of, by uid and generation: one that was made again has the old one's name and generation.
  std::map<kube::ObjectKey, std::pair<std::string, std::int64_t>> indexed_;
  std::shared_ptr<const workloads::Observed> pods_;  // null: not known
  bool leads_ = false;
  bool decide_again_ = false;  // something of ours changed that the cache does not show
};

}  // namespace meshtrace::controller
