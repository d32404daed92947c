// The effective policy of a workload: levels merged, defaults applied, each field with its origin, and the part that
// injection needs as plain values.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/policy/policy.h"

namespace meshtrace::policy {

enum class Level { kDefault, kMesh, kNamespace, kWorkload };

struct Origin {
  Level level = Level::kDefault;
  std::string ns;    // of the policy; empty for kDefault
  std::string name;  // of the policy; empty for kDefault
  friend bool operator==(const Origin&, const Origin&) = default;
};

enum class SamplingOwner { kSdk, kProxy };

struct Sampling {
  SamplingOwner owner = SamplingOwner::kSdk;
  int hundredths = 0;  // of a percent: 10 % is 1000; 0..10000
};

struct ServiceName {
  enum class From { kAuto, kCanonical, kLabel, kValue } from = From::kAuto;
  std::string key;    // kLabel: the pod label's key
  std::string value;  // kValue: the name itself
  bool use_well_known_labels = false;
};

struct BatchSpanProcessor {
  std::chrono::milliseconds schedule_delay{5000};
  std::optional<std::chrono::milliseconds> export_timeout;
  bool queue_from_memory = false;    // maxQueueSize: Auto
  int max_queue_size = 2048;         // spans; with queue_from_memory, what holds without a memory limit
  int memory_headroom_percent = 20;  // of the container's memory limit
  int max_export_batch_size = 512;   // spans; at most max_queue_size unless queue_from_memory
};

// What injection reads. Built once for each effective policy, so that an admission costs no merging.
struct InjectionSettings {
  std::vector<std::string> include;  // globs of container names
  std::vector<std::string> exclude;
  bool pod_identity = true;
  ServiceName service_name;
  std::vector<std::pair<std::string, std::string>> resource_attributes;  // sorted by key
  std::vector<std::string> propagators;                                  // in the user's order
  std::optional<Sampling> sampling;
  std::optional<BatchSpanProcessor> batch;
  std::optional<std::string> exporter_endpoint;
  std::optional<std::string> exporter_protocol;
  std::optional<bool> sdk_disabled;
  std::string hash;  // the pod's mark: 16 hexadecimal digits
};

struct Effective {
  nlohmann::json merged;                  // {"sampling", "workload", "proxy"}, defaults included
  std::map<std::string, Origin> origins;  // by field path below spec: "workload.podIdentity"
  std::vector<std::string> warnings;      // what was clamped, and to what
  InjectionSettings injection;
};

// Merges the levels that are there, the widest first (null pointers are skipped), and applies the defaults.
// Inheritance is field by field: maps merge by key, lists replace, groups are replaced whole (docs/policy.md).
Effective merge(const TracingPolicy* mesh, const TracingPolicy* ns, const TracingPolicy* workload);

// True when some level states `workload` or `sampling`: without that no pod is touched.
bool touches_pods(const Effective& effective);

}  // namespace meshtrace::policy
