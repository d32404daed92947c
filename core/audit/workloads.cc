#include "core/audit/workloads.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/audit/workload_read.h"
#include "core/base/json.h"
#include "core/policy/labels.h"
#include "core/policy/policy.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Kinds of unlike pods of one owner that a pod is compared with: a rollout has two, and one that nobody bounds would
// cost the square of its pods.
constexpr std::size_t kMaxVariants = 16;

const json& member_or_null(const json& object, const char* key) {
  static const json kNull;
  const json* member = find_member(object, {key});
  return member == nullptr ? kNull : *member;
}

// What checks look at. Names of volumes and addresses differ from pod to pod.
bool alike(const Container& one, const Container& other) {
  const auto same = [&](const char* key) { return member_or_null(*one.json, key) == member_or_null(*other.json, key); };
  return one.name == other.name && one.image == other.image && one.is_proxy == other.is_proxy && same("env") &&
         same("envFrom") && same("resources") && same("command") && same("args");
}

// Of pods whose labels differ by the number in a set alone.
bool alike(std::map<std::string, std::string> one, std::map<std::string, std::string> other) {
  for (const char* key : {"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
                          "batch.kubernetes.io/job-completion-index"}) {
    one.erase(key);
    other.erase(key);
  }
  return one == other;
}

std::string mark_of(const Workload& pod) {
  const auto mark = pod.annotations.find(policy::kMarkAnnotation);
  return mark == pod.annotations.end() ? std::string() : mark->second;
}

bool alike(const Workload& one, const Workload& other) {
  return one.policy == other.policy && one.mesh == other.mesh && one.host_network == other.host_network &&
         mark_of(one) == mark_of(other) && alike(one.labels, other.labels) &&
         std::equal(one.containers.begin(), one.containers.end(), other.containers.begin(), other.containers.end(),
                    [](const Container& a, const Container& b) { return alike(a, b); });
}

// ReplicaSets that a rollout has left behind.
bool is_scaled_to_nothing(const Object& object) {
  const json* replicas = find_member(object.value, {"spec", "replicas"});
  return object.kind == Kind::kReplicaSet && replicas != nullptr && *replicas == 0;
}

std::string label_key(std::string_view ns, std::string_view key, std::string_view value) {
  std::string joined(ns);
  joined.append(1, '\0').append(key).append(1, '\0').append(value);
  return joined;
}

}  // namespace

Workloads::Workloads(const Snapshot& snapshot, const policy::Index& policies) {
  for (std::size_t i = 0; i < kKindCount; ++i) {
    const Kind kind = static_cast<Kind>(i);
    if (!kWorkloadKinds.has(kind)) continue;
    for (const ObjectPointer& object : snapshot.all(kind)) {
      if (kind == Kind::kPod) {
        take_pod(*object, snapshot, policies);
      } else if (!is_scaled_to_nothing(*object) && owner_of(*object, snapshot).object == nullptr) {
        if (auto workload = read_workload(*object, snapshot, policies)) workloads_.push_back(*std::move(workload));
      }
    }
  }
  pods_by_id_.clear();
  for (const Workload& pod : pods_) {
    if (!pods_by_owner_.contains(pod.object)) continue;  // its owner stands for it
    workloads_.push_back(pod);
  }
  index_workloads();
}

void Workloads::take_pod(const Object& pod, const Snapshot& snapshot, const policy::Index& policies) {
  auto workload = read_workload(pod, snapshot, policies);
  if (!workload) return;
  if (!workload->is_running()) return workloads_.push_back(*std::move(workload));
  const Object* owner = owner_of(pod, snapshot).object;
  auto& variants = pods_by_id_[workload->id()];
  const std::size_t compared = std::min(variants.size(), kMaxVariants);
  const auto like = std::find_if(variants.end() - static_cast<std::ptrdiff_t>(compared), variants.end(),
                                 [&](std::size_t index) { return alike(pods_[index], *workload); });
  if (like != variants.end()) {
    pods_[*like].members.push_back(&pod);
    ++pods_[*like].pods;
    return;
  }
  variants.push_back(pods_.size());
  pods_by_owner_[owner == nullptr ? &pod : owner].push_back(pods_.size());
  pods_.push_back(*std::move(workload));
}

void Workloads::index_workloads() {
  std::stable_sort(workloads_.begin(), workloads_.end(), [](const Workload& one, const Workload& other) {
    return std::tie(one.ns, one.name) < std::tie(other.ns, other.name);
  });
  for (std::size_t i = 0; i < workloads_.size(); ++i) {
    Workload& workload = workloads_[i];
    by_object_.emplace(workload.object, i);
    for (const auto& [key, value] : workload.labels) by_label_[label_key(workload.ns, key, value)].push_back(i);
    if (workload.is_running()) continue;
    // A pod shows what its template only promises.
    if (const auto pods = pods_by_owner_.find(workload.object); pods != pods_by_owner_.end()) {
      const Workload& pod = pods_[pods->second.back()];
      workload.mesh = pod.mesh;
      workload.is_gateway = workload.is_gateway || pod.is_gateway;
    }
  }
}

const Workload* Workloads::of(const Object& object) const {
  const auto found = by_object_.find(&object);
  return found == by_object_.end() ? nullptr : &workloads_[found->second];
}

std::vector<const Workload*> Workloads::pods_of(const Object& object) const {
  std::vector<const Workload*> pods;
  if (const auto found = pods_by_owner_.find(&object); found != pods_by_owner_.end()) {
    for (const std::size_t index : found->second) pods.push_back(&pods_[index]);
  }
  return pods;
}

std::vector<const Workload*> Workloads::behind(const Object& service) const {
  const auto selector = strings_of(object_member(service.value, {"spec", "selector"}));
  return selector.empty() ? std::vector<const Workload*>() : selected(service.ref.ns, selector);
}

std::vector<const Workload*> Workloads::selected(std::string_view ns,
                                                 const std::map<std::string, std::string>& match_labels) const {
  std::vector<const Workload*> found;
  if (match_labels.empty()) {
    for (const Workload& workload : workloads_) {
      if (workload.ns == ns) found.push_back(&workload);
    }
    return found;
  }
  const auto& [key, value] = *match_labels.begin();
  const auto candidates = by_label_.find(label_key(ns, key, value));
  if (candidates == by_label_.end()) return found;
  for (const std::size_t index : candidates->second) {
    const Workload& workload = workloads_[index];
    const policy::Labels labels(workload.labels.begin(), workload.labels.end());
    if (policy::matches(match_labels, labels)) found.push_back(&workload);
  }
  return found;
}

}  // namespace meshtrace::audit
