#include "controller/mesh_watch.h"

#include <utility>

#include "kube/json.h"
#include "net/process/log.h"

namespace meshtrace::controller {
namespace {

VerificationOptions verification_options(const MeshWatchOptions& options) {
  VerificationOptions verification;
  verification.root_namespace = options.root_namespace;
  return verification;
}

}  // namespace

MeshWatch::MeshWatch(MeshWatchOptions options, Send send, Metrics& metrics, std::function<void()> changed)
    : options_(std::move(options)),
      send_(std::move(send)),
      metrics_(metrics),
      changed_(std::move(changed)),
      verification_(verification_options(options_)) {}

void MeshWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      // A write makes the next look earlier.
      for (auto due = next_look(); Clock::now() < due && !stop.stop_requested(); due = next_look()) {
        signal_.wait_until(lock, stop, due, [&] { return next_look() < due; });
      }
    }
    if (stop.stop_requested()) return;
    const Look look = look_now(stop);
    const std::lock_guard lock(mutex_);
    take(look, Clock::now());
  }
}

MeshWatch::Clock::time_point MeshWatch::next_look() const {
  if (looked_at_ == Clock::time_point::min()) return looked_at_;
  const auto regular = looked_at_ + (last_ ? options_.refresh : options_.retry);
  const auto verifying = verification_.next_look();
  return verifying && *verifying < regular ? *verifying : regular;
}

void MeshWatch::take(const Look& look, Clock::time_point now) {
  last_ = look.health;
  looked_at_ = now;
  Versions found = versions_;
  if (look.health) {
    found = {look.health->istiod, look.health->proxy};
  } else if (look.tagged) {
    found.istiod = look.tagged;
  }
  bool news = found != std::exchange(versions_, found);
  if (const auto due = verification_.next_look(); due && *due <= now) {
    if (auto verdict = verification_.looked(look.health, now)) {
      metrics_.count_rejection();
      verdicts_.push_back(std::move(*verdict));
      news = true;
    }
  }
  if (news) changed_();
}

MeshWatch::Look MeshWatch::look_now(const std::stop_token& stop) {
  const auto pods = send_(istiod_pods_request(options_.root_namespace));
  if (!pods || !pods->ok()) {
    metrics_.count_error("istiod");
    log_changes("the istiod pods cannot be listed: " + (pods ? kube::describe_refusal(*pods) : pods.error().message()),
                {});
    return {};
  }
  const auto list = kube::parse_json("pods", pods->body);
  LookOptions look_options;
  look_options.istiods = list ? istiod_pods_of(*list) : std::vector<IstiodPod>();
  look_options.token_file = options_.token_file;
  look_options.own_namespace = options_.own_namespace;
  if (look_options.istiods.empty()) {
    log_changes("there is no running istiod in " + options_.root_namespace, {});
    return {};
  }
  Look result;
  for (const IstiodPod& pod : look_options.istiods) {
    if (pod.version && (!result.tagged || *pod.version < *result.tagged)) result.tagged = pod.version;
  }
  auto health = look(look_options, stop);
  if (health) {
    log_changes("", health->notes);
    result.health = std::move(*health);
  } else if (!stop.stop_requested()) {
    metrics_.count_error("istiod");
    log_changes(health.error().message(), {});
  }
  return result;
}

// Says once what is short, not at every look.
void MeshWatch::log_changes(const std::string& problem, const std::vector<std::string>& notes) {
  std::string text = problem;
  for (const std::string& note : notes) text += (text.empty() ? "" : "; ") + note;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(last_log_, text) == text) return;
  }
  if (problem.empty() && notes.empty()) {
    log::info("istiod says how its proxies are");
  } else {
    log::warn(problem.empty() ? "istiod does not say everything about its proxies"
                              : "nobody says whether proxies take what is written",
              {{"problem", text}});
  }
}

void MeshWatch::before_write(const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (!verification_.wants_baseline()) return;
    const auto age = looked_at_ == Clock::time_point::min() ? Clock::duration::max() : Clock::now() - looked_at_;
    if (!last_ && age < options_.retry) return verification_.drop_baseline();
    if (last_ && age < options_.fresh) return verification_.set_baseline(*last_);
  }
  const Look look = look_now(stop);
  const std::lock_guard lock(mutex_);
  take(look, Clock::now());
  if (look.health) {
    verification_.set_baseline(*look.health);
  } else {
    verification_.drop_baseline();
  }
}

void MeshWatch::wrote(const std::vector<WrittenField>& fields) {
  const std::lock_guard lock(mutex_);
  verification_.wrote(fields, Clock::now());
  signal_.notify_all();
}

MeshWatch::Versions MeshWatch::versions() const {
  const std::lock_guard lock(mutex_);
  return versions_;
}

std::vector<Verdict> MeshWatch::take_verdicts() {
  const std::lock_guard lock(mutex_);
  return std::exchange(verdicts_, {});
}

}  // namespace meshtrace::controller
