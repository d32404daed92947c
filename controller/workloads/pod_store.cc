#include "controller/workloads/pod_store.h"

#include <algorithm>
#include <charconv>

#include "core/policy/policy.h"
#include "kube/json.h"
#include "kube/time.h"

namespace meshtrace::workloads {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

LabelSet labels_of(const json& metadata) {
  LabelSet labels;
  const json& object = member(metadata, "labels");
  if (!object.is_object()) return labels;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) labels.emplace_back(key, value.get<std::string>());
  }
  return labels;  // sorted: nlohmann's objects are
}

std::int64_t time_of(const std::string& text) {
  const auto time = kube::parse_time(text);
  return time ? time->time_since_epoch().count() : 0;
}

}  // namespace

Mark parse_mark(const std::string& annotation) {
  constexpr std::size_t kDigits = 16;
  Mark mark{Mark::Kind::kForeign, 0};
  if (annotation.size() != kDigits) return mark;
  const char* end = annotation.data() + annotation.size();
  const auto [stopped, error] = std::from_chars(annotation.data(), end, mark.hash, 16);
  if (error == std::errc() && stopped == end) mark.kind = Mark::Kind::kHash;
  return mark;
}

void PodStore::apply(const kube::Change& change) {
  if (change.kind == kube::Change::Kind::kReplace) clear();
  for (const json& object : change.objects) {
    if (change.kind == kube::Change::Kind::kDelete) {
      erase(kube::metadata_string(object, "namespace"), kube::metadata_string(object, "name"));
    } else {
      upsert(object);
    }
  }
}

void PodStore::upsert(const json& object) {
  const std::string ns = kube::metadata_string(object, "namespace");
  const std::string name = kube::metadata_string(object, "name");
  const json& metadata = member(object, "metadata");
  if (metadata.contains("deletionTimestamp")) return erase(ns, name);

  Namespace& place = namespaces_[ns];
  Pod& pod = place.pods[name];
  const LabelSet* before = pod.labels;
  pod.labels = intern(labels_of(metadata));
  if (before != nullptr) release(before);
  pod.created = time_of(kube::string_or_empty(metadata, "creationTimestamp"));
  const std::string mark = kube::string_or_empty(member(metadata, "annotations"), policy::kMarkAnnotation);
  pod.mark = mark.empty() ? Mark{} : parse_mark(mark);
  place.version = ++version_;
}

void PodStore::erase(const std::string& ns, const std::string& name) {
  const auto place = namespaces_.find(ns);
  if (place == namespaces_.end()) return;
  const auto pod = place->second.pods.find(name);
  if (pod == place->second.pods.end()) return;
  release(pod->second.labels);
  place->second.pods.erase(pod);
  place->second.version = ++version_;
  if (place->second.pods.empty()) namespaces_.erase(place);
}

void PodStore::clear() {
  namespaces_.clear();
  label_sets_.clear();
}

const LabelSet* PodStore::intern(LabelSet labels) {
  const auto found = label_sets_.try_emplace(std::move(labels), 0).first;
  ++found->second;
  return &found->first;
}

void PodStore::release(const LabelSet* labels) {
  const auto found = label_sets_.find(*labels);
  if (--found->second == 0) label_sets_.erase(found);
}

std::size_t PodStore::size() const {
  std::size_t pods = 0;
  for (const auto& [ns, place] : namespaces_) pods += place.pods.size();
  return pods;
}

void trim_pod(json& object) {
  json kept = json::object();
  json& metadata = object["metadata"];
  if (!metadata.is_object()) return;
  for (const char* key : {"namespace", "name", "resourceVersion", "labels", "creationTimestamp", "deletionTimestamp"}) {
    if (const auto found = metadata.find(key); found != metadata.end()) kept[key] = std::move(*found);
  }
  const std::string mark = kube::string_or_empty(member(metadata, "annotations"), policy::kMarkAnnotation);
  if (!mark.empty()) kept["annotations"] = {{policy::kMarkAnnotation, mark}};
  object = {{"metadata", std::move(kept)}};
}

}  // namespace meshtrace::workloads
