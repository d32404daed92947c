// What is known about a mesh when the plan is made: plain values, read from the API server and istiod by the
// controller, or from files by the command line.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/mesh/version.h"
#include "core/policy/policy.h"

namespace meshtrace::mesh {

// Who owns the mesh's configuration text, and so whether we may write it (docs/mesh.md).
enum class MeshManager { kNobody, kIstioctl, kHelm, kSail };

// --mesh-config-writes. Auto writes where istioctl or plain manifests installed Istio.
enum class MeshConfigWrites { kAuto, kAlways, kNever };

struct MeshConfigMap {
  std::string name;                 // istio, istio-canary
  std::optional<std::string> text;  // data.mesh; absent: the ConfigMap has no such key
  MeshManager manager = MeshManager::kNobody;
  std::string managed_by;  // "Helm release istiod", "IstioRevision default": for messages
};

// One object, or one field of it, that was or is to be written for a policy. What status.targets[] holds. While a field
// changes from one value of ours to the next there are two targets for it, told apart by `applied`.
struct Target {
  std::string kind;  // ConfigMap, Telemetry, EnvoyFilter
  std::string ns;
  std::string name;
  std::string field;                    // data.mesh.accessLogFormat, …; "spec" for a whole object
  std::string state;                    // kState… below
  std::string applied;                  // hash of what was written there; empty: not written yet
  std::optional<std::string> previous;  // mesh text only: the bytes that stood there (mesh_text.h); absent: none
  // Rejected and Reverted: what the proxies said, or who reverts (a field manager's name). Kept from plan to plan.
  std::string message;
  friend bool operator==(const Target&, const Target&) = default;
};
inline constexpr const char* kStatePending = "Pending";    // to be written next
inline constexpr const char* kStateApplied = "Applied";    // written, and still so
inline constexpr const char* kStateRejected = "Rejected";  // the proxies refused it; it was taken back
inline constexpr const char* kStateReverted = "Reverted";  // another manager keeps changing it; it is not fought for
inline constexpr const char* kStateNotWritten =
    "NotWritten";  // managed elsewhere, or not possible here: see conditions
inline constexpr const char* kStateWouldApply = "WouldApply";  // mode Audit

// namespace and name
using PolicyKey = std::pair<std::string, std::string>;

// An object that is told apart from other kinds: "EnvoyFilter", "shop", "meshtrace-checkout".
struct ObjectRef {
  std::string kind;
  std::string ns;
  std::string name;
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

struct Facts {
  std::string root_namespace = policy::kDefaultRootNamespace;
  MeshConfigWrites mesh_config_writes = MeshConfigWrites::kAuto;
  std::vector<MeshConfigMap> config_maps;
  std::optional<Version> istiod;  // the oldest control plane; absent: not known, everything of a current release holds
  std::optional<Version> proxy;   // the oldest proxy, as an Istio version; absent: as istiod
  // Kinds that the API server does not serve ("EnvoyFilter") or does not let us read ("ConfigMap"): nothing of them is
  // written, with a reason, and what is recorded of them stays recorded.
  std::set<std::string> missing_kinds;
  // Telemetry objects of the cluster, whole (metadata and spec), ours and others'.
  std::vector<nlohmann::json> telemetries;
  // EnvoyFilter objects that carry our label.
  std::vector<nlohmann::json> envoy_filters;
  // Whether a Service exists ("observability/otel-collector"); one that is not listed is not known.
  std::map<std::string, bool> services;
  // What the policies' status holds now: what was written for them, and what proxies or other managers did to it.
  std::map<PolicyKey, std::vector<Target>> recorded;
  // Policies that are being deleted and still hold our finalizer: what was written for them is to be taken back.
  std::set<PolicyKey> deleting;
  // Namespaces whose pods run in ambient mode (label istio.io/dataplane-mode=ambient): ztunnel reads none of this.
  std::set<std::string> ambient_namespaces;
  // Policies with a selector that lost at least one pod to an older one of their namespace, and that one's name.
  std::map<PolicyKey, std::string> overlaps;
};

}  // namespace meshtrace::mesh
