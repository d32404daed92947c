#include "controller/workloads/counting.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kube/time.h"

namespace meshtrace::workloads {
namespace {

using policy::TracingPolicy;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t created(const TracingPolicy& policy) {
  const auto time = kube::parse_time(policy.creation_timestamp);
  return time ? time->time_since_epoch().count() : kNever;  // a policy without a time is the youngest of all
}

bool injects(const TracingPolicy& policy) {
  return policy.spec.contains("workload") || policy.spec.contains("sampling");
}

// The policies of one merge, the widest first.
using Merge = std::vector<const TracingPolicy*>;

// Of claimants in the order of policy::Index::claimants(): the first with a selector and the first without, Audit
// policies among them or not.
void add_levels(Merge& merge, const std::vector<const TracingPolicy*>& claimants, bool with_audit) {
  const auto first = [&](bool with_selector) {
    return std::find_if(claimants.begin(), claimants.end(), [&](const TracingPolicy* policy) {
      return policy->match_labels.empty() != with_selector && (with_audit || policy->mode == policy::Mode::kEnforce);
    });
  };
  for (const bool with_selector : {false, true}) {
    if (const auto found = first(with_selector); found != claimants.end()) merge.push_back(*found);
  }
}

// One policy in the eyes of pods with the same labels.
struct Share {
  Counts* counts;
  Mark expected;
  // A pod without mark that was created later was missed.
  std::int64_t in_force = kNever;
};

void add_to(const Share& share, const Pod& pod) {
  ++share.counts->matched;
  if (pod.mark == share.expected) {
    ++share.counts->injected;
  } else if (pod.mark.kind == Mark::Kind::kNone && pod.created > share.in_force) {
    ++share.counts->missed;
  } else {
    ++share.counts->stale;
  }
}

class NamespaceCount {
 public:
  NamespaceCount(const policy::Index& index, const std::string& ns, const std::set<std::string>& selector_keys,
                 bool opted_out)
      : index_(index),
        ns_(ns),
        selector_keys_(selector_keys),
        opted_out_(opted_out),
        mesh_(index.claimants(index.root_namespace(), {})) {}

  void add(const Pod& pod) {
    const auto [found, is_new] = by_label_set_.try_emplace(pod.labels, nullptr);
    if (is_new) found->second = &shares_of(*pod.labels);
    for (const Share& share : *found->second) add_to(share, pod);
  }

  Figures take() { return std::move(figures_); }

 private:
  using Shares = std::vector<Share>;

  // What is to be counted for a pod with these labels.
  const Shares& shares_of(const LabelSet& label_set) {
    policy::Labels labels;
    for (const auto& [key, value] : label_set) {
      if (key == policy::kInjectLabel || selector_keys_.contains(key)) labels.emplace_back(key, value);
    }
    const auto [found, is_new] = by_labels_.try_emplace(labels);
    if (is_new) found->second = make_shares(labels);
    return found->second;
  }

  Shares make_shares(const policy::Labels& labels) {
    const std::vector<const TracingPolicy*> claimants = index_.claimants(ns_, labels);
    note_overlaps(claimants);
    Shares shares;
    if (opted_out_ || policy::matches({{policy::kInjectLabel, "false"}}, labels)) return shares;
    add_shares(shares, index_.find(ns_, labels), claimants, /*of_audit=*/false);
    add_shares(shares, index_.find_with_audit(ns_, labels), claimants, /*of_audit=*/true);
    return shares;
  }

  void add_shares(Shares& shares, const policy::Coverage& coverage, const std::vector<const TracingPolicy*>& claimants,
                  bool of_audit) {
    if (coverage.effective == nullptr) return;
    Merge merge;
    add_levels(merge, mesh_, of_audit);
    add_levels(merge, claimants, of_audit);
    // Nothing was injected before the first policy that asks for it.
    std::int64_t injected_since = kNever;
    for (const TracingPolicy* policy : merge) {
      if (injects(*policy)) injected_since = std::min(injected_since, created(*policy));
    }
    for (const TracingPolicy* policy : merge) {
      const bool is_audit = policy->mode == policy::Mode::kAudit;
      if (is_audit != of_audit) continue;
      shares.push_back({&figures_.counts[{policy->ns, policy->name}], parse_mark(coverage.effective->injection.hash),
                        is_audit ? kNever : std::max(injected_since, created(*policy))});
    }
  }

  void note_overlaps(const std::vector<const TracingPolicy*>& claimants) {
    const TracingPolicy* winner = nullptr;
    for (const TracingPolicy* policy : claimants) {
      if (policy->match_labels.empty() || policy->mode == policy::Mode::kAudit) continue;
      if (winner == nullptr) {
        winner = policy;
      } else {
        figures_.overlaps.try_emplace({policy->ns, policy->name}, winner->name);
      }
    }
  }

  const policy::Index& index_;
  const std::string& ns_;
  const std::set<std::string>& selector_keys_;
  const bool opted_out_;
  const std::vector<const TracingPolicy*> mesh_;  // claimants of the root namespace
  Figures figures_;
  std::map<policy::Labels, Shares> by_labels_;  // of those labels alone that matter here
  std::unordered_map<const LabelSet*, const Shares*> by_label_set_;
};

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  matched += other.matched;
  injected += other.injected;
  stale += other.stale;
  missed += other.missed;
  return *this;
}

void Counter::use(const std::shared_ptr<const policy::Index>& index) {
  if (index_ == index) return;
  index_ = index;
  namespaces_.clear();
  selector_keys_.clear();
  for (const TracingPolicy& policy : index->policies()) {
    for (const auto& [key, value] : policy.match_labels) selector_keys_[policy.ns].insert(key);
  }
}

Figures Counter::count(const std::shared_ptr<const policy::Index>& index, const PodStore& pods,
                       const std::set<std::string>& opted_out) {
  use(index);
  std::erase_if(namespaces_, [&](const auto& known) { return !pods.namespaces().contains(known.first); });
  Figures all;
  for (const auto& [ns, present] : pods.namespaces()) {
    if (policy::is_excluded_namespace(ns, index->root_namespace())) continue;
    Counted& counted = namespaces_[ns];
    const bool is_opted_out = opted_out.contains(ns);
    if (counted.version != present.version || counted.opted_out != is_opted_out) {
      NamespaceCount anew(*index, ns, selector_keys_[ns], is_opted_out);
      for (const auto& [name, pod] : present.pods) anew.add(pod);
      counted = {present.version, is_opted_out, anew.take()};
    }
    for (const auto& [policy, counts] : counted.figures.counts) all.counts[policy] += counts;
    all.overlaps.insert(counted.figures.overlaps.begin(), counted.figures.overlaps.end());
  }
  return all;
}

}  // namespace meshtrace::workloads
