#include "core/audit/telemetry_model.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/audit/mesh_revisions.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr const char* kGatewayNameLabel = "gateway.networking.k8s.io/gateway-name";
constexpr const char* kGatewayClassLabel = "gateway.networking.k8s.io/gateway-class-name";
constexpr const char* kWaypointClass = "istio-waypoint";
constexpr const char* kGatewayGroup = "gateway.networking.k8s.io";

std::string value_of(const Labels& labels, const char* key) {
  const auto found = labels.find(key);
  return found == labels.end() ? "" : found->second;
}

bool is_in_revision(const Object& object, std::string_view revision) {
  const std::string stated = object.label(kRevisionLabel);
  return stated.empty() || stated == revision;
}

bool names_kind(const nlohmann::json& ref, std::string_view kind) {
  return string_member(ref, {"group"}) == kGatewayGroup && string_member(ref, {"kind"}) == kind;
}

auto age_of(const Object& object) {
  std::string created = string_member(object.value, {"metadata", "creationTimestamp"});
  const bool unknown = created.empty();
  return std::tuple(unknown, std::move(created), object.ref.name);
}

}  // namespace

bool holds_for(const nlohmann::json& entry, Direction direction) {
  const std::string mode = string_member(entry, {"match", "mode"});
  if (mode == "CLIENT") return direction == Direction::kClient;
  return mode != "SERVER" || direction == Direction::kServer;
}

Labels selector_of(const Object& object) {
  Labels labels;
  for (const auto& [key, value] : object_member(object.spec(), {"selector", "matchLabels"}).items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

TargetRefs target_refs_of(const Object& object) {
  TargetRefs targets;
  for (const nlohmann::json& ref : array_member(object.spec(), {"targetRefs"})) targets.refs.push_back(&ref);
  const nlohmann::json* single = find_member(object.spec(), {"targetRef"});
  if (targets.refs.empty() && single != nullptr && single->is_object()) {
    targets.refs.push_back(single);
    targets.is_list = false;
  }
  return targets;
}

TelemetryIndex::Namespace TelemetryIndex::make_namespace(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& one, const Entry& other) { return age_of(*one.object) < age_of(*other.object); });
  Namespace made;
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const Entry& entry = entries[index];
    if (entry.is_namespace_wide()) {
      made.wide.push_back(index);
    } else if (entry.has_targets) {
      made.targeted.push_back(index);
    } else {
      made.by_label[*entry.match_labels.begin()].push_back(index);
    }
  }
  made.entries = std::move(entries);
  return made;
}

TelemetryIndex::TelemetryIndex(const Snapshot& snapshot) : root_namespace_(snapshot.root_namespace()) {
  std::map<std::string, std::vector<Entry>> by_namespace;
  for (const ObjectPointer& object : snapshot.all(Kind::kTelemetry)) {
    by_namespace[object->ref.ns].push_back({object.get(), selector_of(*object), !target_refs_of(*object).refs.empty()});
  }
  for (auto& [ns, entries] : by_namespace) namespaces_.emplace(ns, make_namespace(std::move(entries)));
}

const Object* TelemetryIndex::of_namespace(std::string_view ns, std::string_view revision) const {
  const auto there = namespaces_.find(ns);
  if (there == namespaces_.end()) return nullptr;
  for (const std::size_t index : there->second.wide) {
    const Object* object = there->second.entries[index].object;
    if (is_in_revision(*object, revision)) return object;
  }
  return nullptr;
}

// A Gateway API gateway is reached by targetRefs and, but for waypoints, by selectors; every other proxy by selectors.
bool TelemetryIndex::attaches(const Entry& entry, std::string_view ns, const Labels& pod_labels) const {
  const std::string gateway = value_of(pod_labels, kGatewayNameLabel);
  const bool is_waypoint = value_of(pod_labels, kGatewayClassLabel) == kWaypointClass;
  if (!entry.has_targets) {
    return !(is_waypoint && !gateway.empty()) &&
           std::all_of(entry.match_labels.begin(), entry.match_labels.end(), [&](const auto& wanted) {
             const auto found = pod_labels.find(wanted.first);
             return found != pod_labels.end() && found->second == wanted.second;
           });
  }
  if (gateway.empty()) return false;
  const TargetRefs targets = target_refs_of(*entry.object);
  return std::any_of(targets.refs.begin(), targets.refs.end(), [&](const nlohmann::json* ref) {
    const std::string name = string_member(*ref, {"name"});
    if (is_waypoint && ns == root_namespace_ && names_kind(*ref, "GatewayClass")) return name == kWaypointClass;
    return names_kind(*ref, "Gateway") && name == gateway;
  });
}

std::vector<const Object*> TelemetryIndex::applying(std::string_view ns, const Labels& pod_labels,
                                                    std::string_view revision) const {
  std::vector<const Object*> applying;
  const auto add = [&](const Object* object) {
    if (object != nullptr) applying.push_back(object);
  };
  add(of_namespace(root_namespace_, revision));
  if (ns != root_namespace_) add(of_namespace(ns, revision));
  const auto there = namespaces_.find(ns);
  if (there == namespaces_.end()) return applying;
  std::vector<std::size_t> candidates = there->second.targeted;
  for (const auto& label : pod_labels) {
    const auto found = there->second.by_label.find(label);
    if (found == there->second.by_label.end()) continue;
    candidates.insert(candidates.end(), found->second.begin(), found->second.end());
  }
  std::sort(candidates.begin(), candidates.end());
  for (const std::size_t index : candidates) {
    const Entry& entry = there->second.entries[index];
    if (is_in_revision(*entry.object, revision) && attaches(entry, ns, pod_labels)) applying.push_back(entry.object);
  }
  return applying;
}

}  // namespace meshtrace::audit
