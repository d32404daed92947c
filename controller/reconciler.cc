#include "controller/reconciler.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/mesh/tracing_provider.h"
#include "core/policy/index.h"
#include "kube/json.h"
#include "net/client/pause.h"
#include "net/process/log.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;

// Plans that are made in one decision, because a field was given up in between: at most a few at a time are.
constexpr int kMaxRounds = 3;

kube::WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string status_of(const json& status, const std::string& type) {
  const auto conditions = status.is_object() ? status.find("conditions") : status.end();
  if (conditions == status.end() || !conditions->is_array()) return "";
  for (const json& condition : *conditions) {
    if (kube::string_or_empty(condition, "type") == type) return kube::string_or_empty(condition, "status");
  }
  return "";
}

void count_policies(const Snapshot& snapshot, Metrics& metrics) {
  for (const char* type : {"Accepted", "Programmed", "ResolvedRefs", "Conflicted"}) {
    std::map<std::string, std::size_t> counts{{"True", 0}, {"False", 0}, {"Unknown", 0}};
    for (const auto& [key, stored] : snapshot.policies) {
      const auto count = counts.find(status_of(stored->status(), type));
      if (count != counts.end()) ++count->second;
    }
    for (const auto& [status, policies] : counts) metrics.set_policies(type, status, policies);
  }
}

}  // namespace

Reconciler::Reconciler(ReconcilerOptions options, ReconcilerParts parts, kube::Random random)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      random_(std::move(random)),
      queue_(options_.retry, random_),
      pace_(options_.pace),
      server_backoff_({}, random_) {}

void Reconciler::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const bool changed = parts_.cache.wait(stop, next_due(Clock::now()));
    if (stop.stop_requested()) return;
    if (!parts_.cache.not_synced().empty()) continue;
    if (changed) count_policies(parts_.cache.snapshot(), parts_.metrics);
    const bool led = leads_;
    if (!still_leading()) continue;
    const kube::Moment now = Clock::now();
    const bool again = std::exchange(decide_again_, false);
    const bool pods = new_pod_figures(now);
    if (changed || again || pods || !led || is_due(now)) {
      const auto since = now - decided_at_;
      if (since < options_.coalesce) {
        net::pause(stop, std::chrono::ceil<std::chrono::milliseconds>(options_.coalesce - since));
      }
      decide(Clock::now());
    }
    work(stop);
    publish_queue();
  }
}

kube::Moment Reconciler::next_due(kube::Moment now) const {
  // Leadership that ends by a clock, not by a call, is noticed within this time.
  constexpr std::chrono::seconds kIdle{5};
  if (!leads_ || !parts_.cache.not_synced().empty()) return now + kIdle;
  if (decide_again_) return now;
  kube::Moment due = std::min(decided_at_ + options_.resync, now + options_.coalesce_pods);
  if (const auto services = parts_.services.next_due()) due = std::min(due, *services);
  for (const auto& [object, since] : vanished_) {
    if (since + options_.gone > decided_at_) due = std::min(due, since + options_.gone);
  }
  const auto figures = queue_.figures(now);
  auto write = figures.depth > 0 ? std::optional(now) : queue_.next_due();
  if (write) due = std::min(due, std::max({*write, paused_until_, Pace(pace_).next(now)}));
  return due;
}

// Whether something is to be decided anew that no change tells of.
bool Reconciler::is_due(kube::Moment now) const {
  const auto services = parts_.services.next_due();
  const bool gone = std::any_of(vanished_.begin(), vanished_.end(), [&](const auto& entry) {
    const kube::Moment end = entry.second + options_.gone;
    return end > decided_at_ && end <= now;
  });
  return now - decided_at_ >= options_.resync || (services && now >= *services) || gone;
}

bool Reconciler::still_leading() {
  const bool leads = parts_.leading();
  if (leads == leads_) return leads;
  leads_ = leads;
  // What was known of writes is another's now, or was.
  queue_ = kube::WorkQueue<mesh::ObjectRef>(options_.retry, random_);
  actions_.clear();
  waiting_.clear();
  problems_.clear();
  last_writes_.clear();
  vanished_.clear();
  drift_ = Drift();
  publish_queue();
  return leads;
}

bool Reconciler::new_pod_figures(kube::Moment now) {
  if (!index_ || now - pods_at_ < options_.coalesce_pods) return false;
  pods_at_ = now;
  auto figures = parts_.pods(index_);
  return figures != std::exchange(pods_, figures);
}

// Made anew only when a policy has changed: who counts pods by it begins anew with each.
void Reconciler::update_index(const Snapshot& snapshot) {
  decltype(indexed_) policies;
  for (const auto& [key, stored] : snapshot.policies) {
    if (!stored->policy || stored->deleting()) continue;
    policies.emplace(key, std::pair(stored->policy->uid, stored->generation()));
  }
  if (index_ && policies == indexed_) return;
  index_ = std::make_shared<const policy::Index>(policies_in_force(snapshot), options_.root_namespace);
  indexed_ = std::move(policies);
  pods_ = parts_.pods(index_);
}

void Reconciler::decide(kube::Moment now) {
  const auto start = Clock::now();
  take_verdicts();
  const Snapshot snapshot = parts_.cache.snapshot();
  update_index(snapshot);
  for (int round = 1;; ++round) {
    const mesh::Plan wanted = plan(snapshot, now);
    std::vector<Action> actions = actions_for(wanted, snapshot);
    hold_vanished(actions, now);
    forget_fights(wanted);
    if (note_drift(actions, now) && round < kMaxRounds) continue;
    drift_.look(wanted, actions);
    enqueue(std::move(actions), now);
    break;
  }
  decided_at_ = now;
  parts_.metrics.count_reconcile(Clock::now() - start);
}

mesh::Plan Reconciler::plan(const Snapshot& snapshot, kube::Moment now) {
  const MeshWatch::Versions versions = parts_.mesh_watch.versions();
  Surroundings surroundings;
  surroundings.root_namespace = options_.root_namespace;
  surroundings.mesh_config_writes = options_.mesh_config_writes;
  surroundings.istiod = versions.istiod;
  surroundings.proxy = versions.proxy;
  if (pods_) {
    surroundings.ambient_namespaces = pods_->ambient_namespaces;
    surroundings.overlaps = pods_->figures.overlaps;
  }
  mesh::Facts facts = make_facts(snapshot, surroundings);
  marks_.mark(facts.recorded);
  facts.services = parts_.services.look_up(mesh::services_to_look_up(*index_, facts), now);
  return mesh::make_plan(*index_, facts);
}

std::vector<Action> Reconciler::actions_for(const mesh::Plan& plan, const Snapshot& snapshot) const {
  ActionInput input{plan, snapshot, options_.root_namespace, {}, {}, wall_now()};
  input.workloads = [this](const mesh::PolicyKey& key) -> std::optional<workloads::Counts> {
    if (!pods_) return std::nullopt;
    const auto found = pods_->figures.counts.find(key);
    return found == pods_->figures.counts.end() ? workloads::Counts() : found->second;
  };
  if (parts_.audit) {
    input.audit = [this, found = parts_.audit()](const mesh::PolicyKey& key) -> std::optional<audit::Summary> {
      if (!found) return std::nullopt;
      if (key.first == options_.root_namespace) return found->total;
      const auto in_namespace = found->by_namespace.find(key.first);
      return in_namespace == found->by_namespace.end() ? audit::Summary() : in_namespace->second;
    };
  }
  input.write_problem = [this](const mesh::ObjectRef& ref) {
    const auto found = problems_.find(ref);
    return found == problems_.end() ? std::string() : found->second;
  };
  return actions_of(input);
}

void Reconciler::take_verdicts() {
  for (const Verdict& verdict : parts_.mesh_watch.take_verdicts()) {
    for (const WrittenField& written : verdict.fields) {
      log::error("proxies refused what was written, it is taken back", {{"kind", written.field.kind},
                                                                        {"namespace", written.field.ns},
                                                                        {"name", written.field.name},
                                                                        {"field", written.field.field},
                                                                        {"refusal", verdict.message}});
      marks_.set(written, {mesh::kStateRejected, verdict.message});
    }
  }
}

void Reconciler::hold_vanished(const std::vector<Action>& actions, kube::Moment now) {
  std::map<mesh::ObjectRef, kube::Moment> vanished;
  for (const Action& action : actions) {
    if (action.verb != Action::Verb::kApply || !action.observed.is_null() || !drift_.stood(action)) continue;
    const auto before = vanished_.find(action.object);
    vanished.emplace(action.object, before == vanished_.end() ? now : before->second);
  }
  vanished_ = std::move(vanished);
}

bool Reconciler::is_held(const Action& action, kube::Moment now) const {
  const auto found = vanished_.find(action.object);
  return found != vanished_.end() && now - found->second < options_.gone;
}

void Reconciler::forget_fights(const mesh::Plan& plan) {
  std::set<WrittenField> wanted;
  for (const auto& [policy, outcome] : plan.outcomes) {
    for (const mesh::Target& target : outcome.targets) wanted.insert(written_field(target));
  }
  fights_.forget_unless([&](const WrittenField& written) { return wanted.contains(written); });
}

bool Reconciler::note_drift(const std::vector<Action>& actions, kube::Moment now) {
  bool given_up = false;
  for (const Action& action : actions) {
    const bool is_text = action.verb == Action::Verb::kText;
    if ((!is_text && action.verb != Action::Verb::kApply) || is_held(action, now)) continue;
    for (const WrittenField& written : drift_.changed_by_others(action)) {
      const std::vector<FieldPath> fields = is_text ? std::vector<FieldPath>{{"data", "mesh"}} : action.difference;
      const std::string manager = action.observed.is_null() ? "unknown" : other_manager(action.observed, fields);
      // A deletion names nobody to leave the field to (and may be the garbage collector's, late): it is only put right.
      const bool lost = !action.observed.is_null() && fights_.note(written, now);
      parts_.metrics.count_drift(action.object.kind);
      log::warn(lost ? "another manager keeps changing what policies say, it is left to it"
                     : "another manager changed what policies say, it is put right",
                {{"kind", action.object.kind},
                 {"namespace", action.object.ns},
                 {"name", action.object.name},
                 {"field", written.field.field},
                 {"manager", manager}});
      if (lost) marks_.set(written, {mesh::kStateReverted, manager});
      given_up |= lost;
    }
  }
  return given_up;
}

void Reconciler::enqueue(std::vector<Action> actions, kube::Moment now) {
  actions_.clear();
  for (Action& action : actions) {
    if (is_futile(action) || is_held(action, now)) continue;
    const mesh::ObjectRef object = action.object;
    actions_.insert_or_assign(object, std::move(action));
    waiting_.try_emplace(object, now);
    if (queue_.failures(object) == 0) queue_.add(object, now);  // else it waits for its back-off
  }
  std::erase_if(waiting_, [&](const auto& entry) { return !actions_.contains(entry.first); });
  std::erase_if(problems_, [&](const auto& entry) { return !actions_.contains(entry.first); });
}

bool Reconciler::is_futile(const Action& action) const {
  const auto last = last_writes_.find(action.object);
  return last != last_writes_.end() && !action.observed.is_null() &&
         kube::metadata_string(action.observed, "resourceVersion") == last->second.resource_version &&
         fingerprint(action) == last->second.fingerprint;
}

}  // namespace meshtrace::controller
