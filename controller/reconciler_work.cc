// The reconciler's other half: what is in the queue is written, and what became of it decides when it comes again.
#include <algorithm>

#include "controller/reconciler.h"
#include "net/process/log.h"

namespace meshtrace::controller {
namespace {

bool reaches_proxies(Action::Verb verb) {
  return verb == Action::Verb::kText || verb == Action::Verb::kApply || verb == Action::Verb::kDelete;
}

}  // namespace

void Reconciler::work(const std::stop_token& stop) {
  const kube::Moment end = Clock::now() + options_.writing;
  while (!stop.stop_requested()) {
    const kube::Moment now = Clock::now();
    if (now >= end || now < paused_until_ || pace_.next(now) > now) return;
    const auto object = queue_.take(now);
    if (!object) return;
    const auto found = actions_.find(*object);
    if (found == actions_.end()) {
      queue_.forget(*object);  // nothing is to be done about it any more
    } else {
      pace_.take();
      write(stop, found->second);
    }
    queue_.done(*object, Clock::now());
    if (!leads_) return;
  }
}

void Reconciler::write(const std::stop_token& stop, const Action& action) {
  const bool watched = options_.verify_writes && reaches_proxies(action.verb);
  if (watched && action.verb != Action::Verb::kDelete) parts_.mesh_watch.before_write(stop);
  const Written written = parts_.writer.write(action);
  if (written.result != WriteResult::kWritten) return on_failed(action, written, Clock::now());
  if (watched) parts_.mesh_watch.wrote(action.fields);
  on_written(action, written);
}

void Reconciler::on_written(const Action& action, const Written& written) {
  const mesh::ObjectRef object = action.object;
  server_backoff_.reset();
  queue_.forget(object);
  waiting_.erase(object);
  decide_again_ |= problems_.erase(object) > 0;
  drift_.wrote(action.fields);
  parts_.events.record(action.events);
  last_writes_.erase(object);
  if (!written.resource_version.empty()) {
    last_writes_.emplace(object, LastWrite{fingerprint(action), written.resource_version});
  }
  actions_.erase(object);
}

void Reconciler::on_failed(const Action& action, const Written& written, kube::Moment now) {
  if (written.result == WriteResult::kNotLeader) return;
  parts_.metrics.count_retry();
  if (written.result != WriteResult::kConflict) parts_.metrics.count_error("writer");
  queue_.retry(action.object, now);
  const bool no_reply = written.result == WriteResult::kNoReply;
  if (no_reply || written.overloaded) {
    // It would fail for every other object, too.
    const auto wait = std::max<std::chrono::milliseconds>(server_backoff_.next(), written.retry_after);
    paused_until_ = now + wait;
  }
  const bool is_policy = action.object.kind == policy::kKind;
  if (written.result == WriteResult::kRefused && !is_policy && problems_[action.object] != written.problem) {
    problems_[action.object] = written.problem;
    decide_again_ = true;  // the policy's status says so
  }
}

void Reconciler::publish_queue() {
  QueueFigures figures;
  figures.depth = waiting_.size();
  for (const auto& [object, since] : waiting_) {
    figures.oldest = figures.oldest ? std::min(*figures.oldest, since) : since;
  }
  parts_.metrics.set_queue(figures);
}

}  // namespace meshtrace::controller
