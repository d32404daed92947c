// A pod or pod template as injection reads it: views into the JSON, checked for the types that the Kubernetes API has
// there. Fields that injection does not need are not looked at, so that fields of the future pass.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/inject/inject.h"

namespace meshtrace::inject {

using StringMap = std::vector<std::pair<std::string_view, std::string_view>>;

// The value of `key`, empty where it is absent.
std::string_view find(const StringMap& map, std::string_view key);

struct Container {
  std::string path;  // below the pod: "/spec/containers/0"
  std::string_view name;
  std::string_view image;         // may be empty
  std::string_view memory_limit;  // a quantity; empty without a limit
  bool is_init = false;
  bool restarts_always = false;  // of an init container: a native sidecar
  bool has_env_from = false;
  simdjson::dom::element json;
};

// Who created the pod, as far as the pod itself tells.
struct Workload {
  std::string_view deployment, replicaset, statefulset, daemonset, job, cronjob, replication_controller;
};

struct Pod {
  std::string_view name;  // empty with generateName
  StringMap labels;
  StringMap annotations;
  bool has_metadata = false;
  bool has_annotations = false;  // an object, be it empty
  Workload workload;
  std::vector<Container> containers;  // init containers first, as they start
};

// What a pod's controller and its label pod-template-hash come to: a ReplicaSet's Deployment and a Job's CronJob are
// told by their names alone.
Workload workload_of(const Owner& owner, std::string_view pod_template_hash);

// An error's `where` is the field's path below the pod: "spec.containers[0].env".
Result<Pod> read_pod(simdjson::dom::element pod, const Owner& owner);

// Reading helpers: an absent or null member is nullopt; a member of another type an error that names `where`.
Result<std::optional<std::string_view>> optional_string(simdjson::dom::object object, std::string_view key,
                                                        const std::string& where);
Result<std::optional<simdjson::dom::array>> optional_array(simdjson::dom::object object, std::string_view key,
                                                           const std::string& where);
Result<std::optional<simdjson::dom::object>> optional_object(simdjson::dom::object object, std::string_view key,
                                                             const std::string& where);

}  // namespace meshtrace::inject
