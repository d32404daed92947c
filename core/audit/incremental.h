// The audit of a world that changes: after a change only the checks that it concerns run again, on the objects that it
// concerns. What is held then equals run_audit() of the same model, within KeepLimits; a property test compares them.
//
// Pods are left out: whoever follows a cluster does not hold them. What they show is pod_pass.h's.
#pragma once

#include <set>
#include <span>

#include "core/audit/kept_findings.h"
#include "core/audit/model.h"
#include "core/audit/table.h"

namespace meshtrace::audit {

class Incremental {
 public:
  explicit Incremental(KeepLimits limits = {}, std::span<const Check* const> checks = audit::checks())
      : checks_(checks), kept_(limits) {}

  // `changed`: the objects that are there, gone or other since the last call. A kind of which it has become known, or
  // unknown, what there is counts as changed: name one object of it. True where any finding is other than before.
  bool update(const Model& model, const std::set<SubjectKey>& changed);

  // All checks on everything: for the first time, and for what no object tells of (time, versions).
  bool update_all(const Model& model);

  [[nodiscard]] const KeptFindings& kept() const { return kept_; }

 private:
  bool run(const Check& check, const Model& model, const Object& subject);
  bool run_all(const Check& check, const Model& model);
  bool run_changed(const Check& check, const Model& model, const SubjectKey& changed);

  std::span<const Check* const> checks_;
  KeptFindings kept_;
};

// What one check says about one subject, without what an annotation suppresses.
KeptFindings::Said said_of(const Check& check, const Model& model, const Object& subject);

}  // namespace meshtrace::audit
