#include "core/audit/incremental.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/audit/audit.h"

namespace meshtrace::audit {
namespace {

template <class Function>
void for_each_subject_kind(const Check& check, Function function) {
  for (const KindName& kind : kind_names()) {
    if (check.subjects.has(kind.kind) && kind.kind != Kind::kPod) function(kind.kind);
  }
}

}  // namespace

KeptFindings::Said said_of(const Check& check, const Model& model, const Object& subject) {
  KeptFindings::Said said;
  run_check(check, model, subject, said.findings);
  said.suppressed = std::erase_if(
      said.findings, [&](const Finding& finding) { return is_ignored(model.snapshot, finding.object, finding.code); });
  return said;
}

bool Incremental::run(const Check& check, const Model& model, const Object& subject) {
  return kept_.put(check, key_of(subject), said_of(check, model, subject));
}

bool Incremental::run_all(const Check& check, const Model& model) {
  std::vector<SubjectKey> gone;
  for (const auto& [subject, entry] : kept_.of(check)) {
    if (model.snapshot.find(subject.kind, subject.ns, subject.name) == nullptr) gone.push_back(subject);
  }
  bool is_other = !gone.empty();
  for (const SubjectKey& subject : gone) kept_.forget(check, subject);
  for_each_subject_kind(check, [&](Kind kind) {
    for (const ObjectPointer& subject : model.snapshot.all(kind)) is_other |= run(check, model, *subject);
  });
  return is_other;
}

bool Incremental::run_changed(const Check& check, const Model& model, const SubjectKey& changed) {
  bool is_other = false;
  if (changed.kind == Kind::kNamespace) {  // its annotation suppresses what is found in it
    for_each_subject_kind(check, [&](Kind kind) {
      for (const ObjectPointer& subject : model.snapshot.in(kind, changed.name)) {
        is_other |= run(check, model, *subject);
      }
    });
  }
  if (!check.subjects.has(changed.kind) || changed.kind == Kind::kPod) return is_other;
  const Object* subject = model.snapshot.find(changed.kind, changed.ns, changed.name);
  is_other |= subject != nullptr ? run(check, model, *subject) : kept_.forget(check, changed);
  return is_other;
}

bool Incremental::update(const Model& model, const std::set<SubjectKey>& changed) {
  Kinds kinds;
  for (const SubjectKey& one : changed) kinds.add(one.kind);
  bool is_other = false;
  for (const Check* check : checks_) {
    if (check->reads.meets(kinds)) {
      is_other |= run_all(*check, model);
      continue;
    }
    for (const SubjectKey& one : changed) is_other |= run_changed(*check, model, one);
  }
  return is_other;
}

bool Incremental::update_all(const Model& model) {
  bool is_other = false;
  for (const Check* check : checks_) is_other |= run_all(*check, model);
  return is_other;
}

}  // namespace meshtrace::audit
