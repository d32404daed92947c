// How many pods each policy covers, and how many of them have what it says: status.workloads (docs/api-reference.md).
//
// A pod counts for every policy that takes part in the merge that covers it, if that merge injects anything and the pod
// has not opted out; so matched = injected + stale + missed, and for a policy that is about proxies alone all are zero.
//   injected  the pod has the mark of the present merge
//   stale     another mark, or none but the pod is older than the policy: it needs a rollout
//   missed    no mark, though it was created after the policy: the webhook was away
// For a policy in mode Audit: as if it were enforced, and nothing is missed that was not to be injected.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "controller/workloads/pod_store.h"
#include "core/mesh/facts.h"
#include "core/policy/index.h"

namespace meshtrace::workloads {

struct Counts {
  std::int64_t matched = 0;
  std::int64_t injected = 0;
  std::int64_t stale = 0;
  std::int64_t missed = 0;
  Counts& operator+=(const Counts& other);
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Figures {
  std::map<mesh::PolicyKey, Counts> counts;  // of every policy that covers a pod
  // Policies with a selector that lost at least one pod to an older one of their namespace, and that one's name.
  std::map<mesh::PolicyKey, std::string> overlaps;
  friend bool operator==(const Figures&, const Figures&) = default;
};

// Counts, where the policies are the same as before only the namespaces whose pods have changed.
class Counter {
 public:
  // `opted_out`: namespaces with the label meshtrace.io/inject: "false".
  Figures count(const std::shared_ptr<const policy::Index>& index, const PodStore& pods,
                const std::set<std::string>& opted_out);

 private:
  // Keys of labels that a policy of the namespace selects by: pods that agree in these are alike to it.
  using SelectorKeys = std::set<std::string>;
  struct Counted {
    std::uint64_t version = 0;
    bool opted_out = false;
    Figures figures;
  };
  void use(const std::shared_ptr<const policy::Index>& index);

  std::shared_ptr<const policy::Index> index_;
  std::map<std::string, SelectorKeys> selector_keys_;  // by namespace
  std::map<std::string, Counted> namespaces_;
};

}  // namespace meshtrace::workloads
