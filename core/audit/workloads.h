// Workloads as the SDK and the proxy beside it see them: one record for each Pod or pod template, read once, so that no
// check parses a pod spec again. Pods of one owner that are alike are one record. Judges nothing.
//
// Where a Deployment and its Pods are both there, the Deployment is what a person edits: it stands in all(), and what
// its pods are like is pods_of().
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/audit/snapshot.h"
#include "core/policy/effective.h"
#include "core/policy/index.h"

namespace meshtrace::audit {

// How a workload takes part in a mesh.
enum class MeshMode { kNone, kSidecar, kAmbient, kLinkerd };

// An entry of `env` as it stands; of two with one name the last one holds.
struct EnvVariable {
  std::string name;
  std::optional<std::string> value;  // absent with valueFrom
  bool from_source = false;          // valueFrom
  std::string field;                 // spec.containers[0].env[3], below the object
  bool by_policy = false;            // not in the object: what the policy will inject into a template's pods
};

// What the application is written in, where image, command or variables tell.
enum class Language { kUnknown, kPython, kNode, kGo, kJava, kDotnet, kRuby, kPhp, kCpp, kRust };

struct Container {
  std::string name;
  std::string image;
  std::string field;  // spec.template.spec.containers[0]
  bool is_proxy = false;
  bool is_init = false;
  Language language = Language::kUnknown;
  // The object's, in its order and with their own values; what the policy will add stands where it will be inserted.
  std::vector<EnvVariable> env;
  const nlohmann::json* json = nullptr;

  // The entry that holds at run time; null where there is none.
  [[nodiscard]] const EnvVariable* find(std::string_view variable) const;
  // Its value; empty where there is none or it is not known.
  [[nodiscard]] std::string value(std::string_view variable) const;
};

struct Workload {
  const Object* object = nullptr;  // the Pod, or what holds the template
  std::string ns;
  std::string name;                                // of the workload: a Deployment's, also for its pods
  std::string template_field;                      // "spec.template" of a Deployment, "" of a Pod
  std::map<std::string, std::string> labels;       // of the pod or the template
  std::map<std::string, std::string> annotations;  // likewise
  MeshMode mesh = MeshMode::kNone;
  bool host_network = false;
  bool is_gateway = false;  // an Istio or Gateway API gateway's proxy, an ingress controller is none
  std::vector<Container> containers;
  const policy::Effective* policy = nullptr;  // that covers it; null for none
  int pods = 0;                               // like this one; 0 for a template or a Pod that nobody runs yet
  std::vector<const Object*> members;         // those pods, by name

  [[nodiscard]] bool is_running() const { return pods > 0; }
  [[nodiscard]] std::string id() const { return ns + "/" + name; }  // node of the path model
};

// One object by itself, with what its Namespace and the policies say; nothing for an object without pods, and for a pod
// that has ended. The snapshot need not hold the object. What is returned points into the object and the index.
std::optional<Workload> read_workload(const Object& object, const Snapshot& snapshot, const policy::Index& policies);

class Workloads {
 public:
  Workloads(const Snapshot& snapshot, const policy::Index& policies);

  // Each workload once, as the object that a person edits: a template, or pods whose owner is not there. How a template
  // takes part in the mesh is told by its pods where there are some.
  [[nodiscard]] std::span<const Workload> all() const { return workloads_; }
  // The record of such an object; null where it is one of several pods like it, where its owner is there, or none.
  [[nodiscard]] const Workload* of(const Object& object) const;
  // Running pods of the workload that is edited at `object`: one record for all that are alike; the oldest kind first.
  [[nodiscard]] std::vector<const Workload*> pods_of(const Object& object) const;
  // Whose labels the Service's selector matches; none for a Service without selector.
  [[nodiscard]] std::vector<const Workload*> behind(const Object& service) const;
  // Whose labels match, in the namespace.
  [[nodiscard]] std::vector<const Workload*> selected(std::string_view ns,
                                                      const std::map<std::string, std::string>& match_labels) const;

 private:
  void take_pod(const Object& pod, const Snapshot& snapshot, const policy::Index& policies);
  void index_workloads();

  using Indices = std::vector<std::size_t>;
  std::vector<Workload> workloads_;                           // by namespace and name
  std::vector<Workload> pods_;                                // running ones
  std::unordered_map<const Object*, std::size_t> by_object_;  // in workloads_
  std::unordered_map<std::string, Indices> by_label_;         // in workloads_, by namespace, key and value
  std::unordered_map<const Object*, Indices> pods_by_owner_;  // in pods_
  std::unordered_map<std::string, Indices> pods_by_id_;       // in pods_, while they are read
};

}  // namespace meshtrace::audit
