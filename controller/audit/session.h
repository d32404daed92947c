// One time of leading, as the auditor spends it: everything it holds begins and ends with the session, so that a
// replica that does not lead holds nothing.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "controller/audit/auditor.h"
#include "controller/audit/kind_watches.h"
#include "controller/audit/report_writer.h"
#include "core/audit/incremental.h"
#include "core/audit/open_reports.h"
#include "core/audit/pod_pass.h"
#include "core/audit/snapshot.h"
#include "kube/backoff.h"

namespace meshtrace::auditing {

class AuditSession {
 public:
  // `auditor` outlives the session.
  AuditSession(Auditor& auditor, Send send);

  // To the end of leading, or until `stop` is requested.
  void run(const std::stop_token& stop);

 private:
  using Clock = std::chrono::steady_clock;
  using Moment = Clock::time_point;

  [[nodiscard]] Moment next_due() const;
  [[nodiscard]] bool leads(const std::stop_token& stop) const { return !stop.stop_requested() && parts_.leading(); }
  [[nodiscard]] audit::SnapshotOptions snapshot_options() const;
  void discover(Moment now);
  void check(const std::set<audit::SubjectKey>& changed, Moment now);
  void check_pods(const std::stop_token& stop);
  void publish();
  void write_reports(const std::stop_token& stop);
  void say(const char* what, const Error& problem);

  Auditor& auditor_;
  const AuditorOptions& options_;
  const AuditorParts& parts_;
  const Send send_;
  ObjectStore& store_;
  KindWatches watches_;
  ReportWriter writer_;
  audit::Incremental findings_;
  audit::PodPass pods_;
  audit::FirstSeen first_seen_;
  audit::Tally tally_;
  Served served_;
  std::optional<mesh::Version> istio_;
  bool has_checked_ = false;
  bool has_learned_ = false;
  bool is_changed_ = false;  // since it was published
  Moment discovery_due_{};
  Moment all_due_{};
  Moment pods_due_{};
  Moment reports_due_ = Moment::max();
  Moment pods_at_{};
  kube::Backoff reports_backoff_;
  std::string last_problem_;
};

}  // namespace meshtrace::auditing
