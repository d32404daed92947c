#include "controller/audit/session.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "controller/audit/pod_pages.h"
#include "core/audit/model.h"
#include "core/audit/table.h"
#include "net/client/informer.h"
#include "net/process/log.h"

namespace meshtrace::auditing {
namespace {

using audit::Kind;
using audit::Kinds;

// Leadership that ends by a clock, not by a call, is noticed within this time.
constexpr std::chrono::seconds kIdle{2};

// Read whole they would be many, or much of what nobody asks for: pods come in pages, and what others own (a
// Deployment's ReplicaSets, a CronJob's Jobs) is seen at the owner and at the pods.
const Kinds kNotFollowed{Kind::kPod, Kind::kReplicaSet, Kind::kJob};

// That any check reads.
Kinds kinds_to_follow() {
  Kinds all;
  for (const audit::Check* check : audit::checks()) all = all | check->subjects | check->reads;
  Kinds kinds;
  for (const audit::KindName& name : audit::kind_names()) {
    const bool follows = all.has(name.kind) && !kNotFollowed.has(name.kind) && !Auditor::told_kinds().has(name.kind);
    if (follows) kinds.add(name.kind);
  }
  return kinds;
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

AuditSession::AuditSession(Auditor& auditor, Send send)
    : auditor_(auditor),
      options_(auditor.options_),
      parts_(auditor.parts_),
      send_(std::move(send)),
      store_(auditor.store_),
      watches_(auditor.parts_.client, auditor.store_, auditor.parts_.on_error),
      writer_(send_, auditor.parts_.leading),
      reports_backoff_({std::chrono::seconds(1), std::chrono::seconds(60)}, net::system_random()) {}

AuditSession::Moment AuditSession::next_due() const {
  const Moment due = std::min({discovery_due_, all_due_, pods_due_, reports_due_});
  return std::min(due, Clock::now() + kIdle);
}

audit::SnapshotOptions AuditSession::snapshot_options() const {
  audit::SnapshotOptions options;
  options.root_namespace = options_.root_namespace;
  options.is_cluster = true;
  options.istio = istio_;
  options.now = unix_now();
  for (const audit::KindName& name : audit::kind_names()) {
    // Of ConfigMaps the mesh's are known alone.
    if (!store_.knows(name.kind) || name.kind == Kind::kConfigMap) options.unread.add(name.kind);
  }
  return options;
}

void AuditSession::run(const std::stop_token& stop) {
  while (leads(stop)) {
    if (Clock::now() >= discovery_due_) discover(Clock::now());
    const std::set<audit::SubjectKey> changed = store_.wait(stop, next_due(), options_.quiet);
    if (!leads(stop)) return;
    if (!has_checked_ && (served_.kinds.empty() || !watches_.settled())) continue;
    const Moment now = Clock::now();
    check(changed, now);
    if (now >= pods_due_) check_pods(stop);
    if (std::exchange(is_changed_, false)) publish();
    if (Clock::now() >= reports_due_) write_reports(stop);
  }
}

void AuditSession::discover(Moment now) {
  static const Kinds kFollowed = kinds_to_follow();
  discovery_due_ = now + std::min(options_.discovery, options_.interval);
  auto served = ask_served(send_, kFollowed);
  if (!served) return say("the audit cannot ask what the API server serves", served.error());
  if (*served == served_) return;
  if (served->reports && !served_.reports) reports_due_ = now;
  served_ = std::move(*served);
  watches_.follow(served_.kinds);
}

void AuditSession::check(const std::set<audit::SubjectKey>& changed, Moment now) {
  const std::optional<mesh::Version> istio = parts_.istio();
  const bool all = !has_checked_ || now >= all_due_ || istio != istio_;
  if (!all && changed.empty()) return;
  istio_ = istio;
  const audit::Snapshot snapshot(store_.objects(), snapshot_options());
  const audit::Model model(snapshot);
  is_changed_ |= all ? findings_.update_all(model) : findings_.update(model, changed);
  is_changed_ |= !std::exchange(has_checked_, true);
  if (all) {
    all_due_ = now + options_.interval;
    if (served_.reports) reports_due_ = now;  // somebody may have deleted one
  }
  for (const audit::SubjectKey& one : changed) {
    is_changed_ |= pods_.forget(one);
    if (one.kind != Kind::kTracingPolicy && one.kind != Kind::kNamespace) continue;
    pods_due_ = std::min(pods_due_, std::max(now, pods_at_ + std::min(options_.pods_spacing, options_.interval)));
  }
}

void AuditSession::check_pods(const std::stop_token& stop) {
  audit::PodPass pass;
  const std::vector<audit::ObjectPointer> objects = store_.objects();
  const auto read = read_pods(send_, [&](std::vector<audit::ObjectPointer> pods) {
    std::vector<audit::ObjectPointer> all = objects;
    all.insert(all.end(), pods.begin(), pods.end());
    const audit::Snapshot snapshot(std::move(all), snapshot_options());
    pass.add(audit::Model(snapshot), pods);
    return leads(stop);
  });
  pods_at_ = Clock::now();
  if (!read) {
    pods_due_ = pods_at_ + std::min(options_.pods_spacing, options_.interval);
    return say("the audit cannot read the pods", read.error());
  }
  pods_due_ = pods_at_ + options_.interval;
  pods_ = std::move(pass);
  is_changed_ = true;
}

void AuditSession::publish() {
  tally_ = pods_.tally(findings_);
  auditor_.publish(tally_);
  if (served_.reports) reports_due_ = std::min(reports_due_, Clock::now());
}

void AuditSession::write_reports(const std::stop_token& stop) {
  reports_due_ = Moment::max();
  if (!served_.reports || !has_checked_) return;
  auto done = has_learned_ ? Result<void>() : writer_.learn(first_seen_);
  if (done) {
    has_learned_ = true;
    done = writer_.write(stop, audit::make_reports(tally_, first_seen_, unix_now()));
  }
  if (!done) {
    reports_due_ = Clock::now() + reports_backoff_.next();
    return say("not every report could be written, it is tried again", done.error());
  }
  reports_backoff_.reset();
  last_problem_.clear();
}

void AuditSession::say(const char* what, const Error& problem) {
  parts_.on_error("audit");
  if (std::exchange(last_problem_, problem.message()) == problem.message()) return;
  log::warn(what, {{"problem", problem.message()}});
}

}  // namespace meshtrace::auditing
