// The pods of the cluster, by namespace, with no more than counting needs: labels, mark, age. Some 10,000 pods take a
// few MB: pods of one template share their labels, and a mark is a number. One writer; not synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kube/reflector.h"

namespace meshtrace::workloads {

// Sorted by key.
using LabelSet = std::vector<std::pair<std::string, std::string>>;

// The annotation meshtrace.io/injected.
struct Mark {
  enum class Kind : std::uint8_t {
    kNone,     // the pod has none
    kHash,     // of a policy
    kForeign,  // some text that no webhook of ours writes
  } kind = Kind::kNone;
  std::uint64_t hash = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};
Mark parse_mark(const std::string& annotation);

struct Pod {
  const LabelSet* labels = nullptr;  // of the store; the same for equal labels
  std::int64_t created = 0;          // Unix time in seconds; 0: not known
  Mark mark;
};

class PodStore {
 public:
  struct Namespace {
    std::unordered_map<std::string, Pod> pods;  // by name
    std::uint64_t version = 0;                  // another one after each change
  };

  PodStore() = default;
  PodStore(const PodStore&) = delete;  // pods point into it
  PodStore& operator=(const PodStore&) = delete;

  // Of PartialObjectMetadata. Pods that are being deleted count as gone: no rollout is needed for them.
  void apply(const kube::Change& change);

  [[nodiscard]] const std::map<std::string, Namespace>& namespaces() const { return namespaces_; }
  [[nodiscard]] std::size_t size() const;

 private:
  void upsert(const nlohmann::json& object);
  void erase(const std::string& ns, const std::string& name);
  void clear();
  const LabelSet* intern(LabelSet labels);
  void release(const LabelSet* labels);

  std::map<std::string, Namespace> namespaces_;
  std::map<LabelSet, std::size_t> label_sets_;  // and how many pods have them
  std::uint64_t version_ = 0;
};

// Takes out of a pod's metadata what apply() does not read (see kube::ReflectorOptions::trim).
void trim_pod(nlohmann::json& object);

}  // namespace meshtrace::workloads
