// What the controller knows of the cluster: the objects that decide about the mesh, as informers last saw them and as
// our own writes left them. Informers write, the reconciler reads; pods are not here (controller/workloads).
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stop_token>
#include <string>

#include "controller/stored_policy.h"
#include "kube/reflector.h"
#include "kube/request.h"
#include "kube/store.h"

namespace meshtrace::controller {

enum class Kind { kTracingPolicy, kConfigMap, kTelemetry, kEnvoyFilter };
inline constexpr std::array<Kind, 4> kKinds{Kind::kTracingPolicy, Kind::kConfigMap, Kind::kTelemetry,
                                            Kind::kEnvoyFilter};
std::string name_of(Kind kind);  // "TracingPolicy"
// Without namespace.
kube::Resource resource_of(Kind kind);

using ObjectPointer = std::shared_ptr<const nlohmann::json>;
using PolicyPointer = std::shared_ptr<const StoredPolicy>;

// Everything at one moment. Objects are shared, not copied.
struct Snapshot {
  std::map<kube::ObjectKey, PolicyPointer> policies;
  // ConfigMap: those of the mesh alone. Telemetry: all. EnvoyFilter: ours alone.
  std::map<Kind, std::map<kube::ObjectKey, ObjectPointer>> objects;
  std::set<std::string> missing_kinds;  // that the API server does not serve: "Telemetry"
};

class Cache {
 public:
  explicit Cache(std::string root_namespace) : root_namespace_(std::move(root_namespace)) {}

  // For informers.
  void apply(Kind kind, const kube::Change& change);
  // The collection cannot be read; what is known stays. Status 404 of an Istio kind is a fact and not a problem, and so
  // is 403 of ConfigMaps that never could be read.
  void report_problem(Kind kind, int status, std::string message);
  void clear_problem(Kind kind);

  // For the writer: what a write left there, before the informer says so. A watch event that is older is skipped.
  void observe(Kind kind, const nlohmann::json& object);
  void forget(Kind kind, const kube::ObjectKey& key);

  // Waits for a change since the last call, for `until` or `stop`. True for a change.
  bool wait(const std::stop_token& stop, std::chrono::steady_clock::time_point until);
  // Something else changed that is to be decided about.
  void wake();

  [[nodiscard]] Snapshot snapshot() const;
  // Why not everything is known yet; empty once it is, and for good: a later problem leaves what is known in force.
  [[nodiscard]] std::string not_synced() const;

 private:
  struct Collection {
    kube::Store<PolicyPointer> policies;  // of kTracingPolicy alone
    kube::Store<ObjectPointer> objects;   // of the others; null: of no interest
    bool listed = false;
    bool missing = false;
    std::string problem;
  };
  bool apply_locked(Kind kind, const kube::Change& change);
  bool take(Kind kind, Collection& collection, const kube::Change& change);
  [[nodiscard]] bool of_interest(Kind kind, const nlohmann::json& object) const;
  [[nodiscard]] PolicyPointer decode(const nlohmann::json& object) const;
  void signal_change();

  const std::string root_namespace_;
  mutable std::mutex mutex_;  // of everything below
  std::condition_variable_any signal_;
  std::map<Kind, Collection> collections_;
  bool changed_ = false;
};

}  // namespace meshtrace::controller
