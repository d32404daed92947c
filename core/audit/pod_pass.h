// The audit of running pods a page at a time: each page's pods stand beside the other objects in a model of their own,
// which ends with the page. What the checks say stays, the pods do not.
#pragma once

#include <set>
#include <span>

#include "core/audit/incremental.h"

namespace meshtrace::audit {

class PodPass {
 public:
  explicit PodPass(KeepLimits limits = {}, std::span<const Check* const> checks = audit::checks())
      : checks_(checks), kept_(limits) {}

  // `page` has all that Incremental's model has, and these pods. A workload whose pods come in two pages is judged by
  // each of them.
  void add(const Model& page, std::span<const ObjectPointer> pods);

  // A workload that is other than it was when its pods were looked at: they say nothing about it any more. True where
  // they did.
  bool forget(const SubjectKey& workload);

  // Everything, where a workload that has pods is judged with them and not as its template alone.
  [[nodiscard]] Tally tally(const Incremental& rest) const;

 private:
  void put(const Check& check, const Model& page, const Object& subject);

  std::span<const Check* const> checks_;
  KeptFindings kept_;
  std::set<SubjectKey> with_pods_;  // workloads that were judged here
};

}  // namespace meshtrace::audit
