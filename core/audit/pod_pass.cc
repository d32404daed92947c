#include "core/audit/pod_pass.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace meshtrace::audit {
namespace {

bool looks_at_pods(const Check& check) { return (check.subjects | check.reads).has(Kind::kPod); }

// Templates of which pods are in the page.
std::vector<const Object*> owners_in(const Model& page) {
  std::vector<const Object*> owners;
  for (const Workload& workload : page.workloads.all()) {
    if (workload.object->kind != Kind::kPod && !page.workloads.pods_of(*workload.object).empty()) {
      owners.push_back(workload.object);
    }
  }
  return owners;
}

}  // namespace

void PodPass::put(const Check& check, const Model& page, const Object& subject) {
  const SubjectKey key = key_of(subject);
  KeptFindings::Said said = said_of(check, page, subject);
  const auto before = kept_.of(check).find(key);  // of the page before
  if (before != kept_.of(check).end()) {
    for (const Finding& finding : before->second.findings) {
      const bool is_said = std::find(said.findings.begin(), said.findings.end(), finding) != said.findings.end();
      if (!is_said) said.findings.push_back(finding);
    }
  }
  kept_.put(check, key, std::move(said));
}

void PodPass::add(const Model& page, std::span<const ObjectPointer> pods) {
  const std::vector<const Object*> owners = owners_in(page);
  for (const Check* check : checks_) {
    if (!looks_at_pods(*check)) continue;
    if (check->subjects.has(Kind::kPod)) {
      for (const ObjectPointer& pod : pods) put(*check, page, *pod);
    }
    for (const Object* owner : owners) {
      if (check->subjects.has(owner->kind)) put(*check, page, *owner);
    }
  }
  for (const Object* owner : owners) with_pods_.insert(key_of(*owner));
}

bool PodPass::forget(const SubjectKey& workload) {
  if (with_pods_.erase(workload) == 0) return false;
  for (const Check* check : checks_) kept_.forget(*check, workload);
  return true;
}

Tally PodPass::tally(const Incremental& rest) const {
  Tallier tallier;
  tallier.add(rest.kept(), [this](const Check& check, const SubjectKey& subject) {
    return !looks_at_pods(check) || !with_pods_.contains(subject);
  });
  tallier.add(kept_);
  return tallier.finish();
}

}  // namespace meshtrace::audit
