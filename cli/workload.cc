#include "cli/workload.h"

#include <algorithm>

namespace meshtrace::cli {

const std::vector<WorkloadKind>& workload_kinds() {
  static const std::vector<WorkloadKind> kinds{
      {"Pod", "", "", {"pod", "pods", "po"}},
      {"Deployment", "apps", "/spec/template", {"deployment", "deployments", "deploy"}},
      {"StatefulSet", "apps", "/spec/template", {"statefulset", "statefulsets", "sts"}},
      {"DaemonSet", "apps", "/spec/template", {"daemonset", "daemonsets", "ds"}},
      {"ReplicaSet", "apps", "/spec/template", {"replicaset", "replicasets", "rs"}},
      {"Job", "batch", "/spec/template", {"job", "jobs"}},
      {"CronJob", "batch", "/spec/jobTemplate/spec/template", {"cronjob", "cronjobs", "cj"}},
      {"ReplicationController", "", "/spec/template", {"replicationcontroller", "replicationcontrollers", "rc"}},
  };
  return kinds;
}

const WorkloadKind* workload_kind(const Object& object) {
  const std::size_t slash = object.api_version.find('/');
  const std::string_view group =
      slash == std::string::npos ? std::string_view{} : std::string_view(object.api_version).substr(0, slash);
  for (const WorkloadKind& kind : workload_kinds()) {
    if (kind.kind == object.kind && kind.group == group) return &kind;
  }
  return nullptr;
}

const WorkloadKind* workload_kind_of_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const WorkloadKind& kind : workload_kinds()) {
    if (std::count(kind.aliases.begin(), kind.aliases.end(), lower) != 0) return &kind;
  }
  return nullptr;
}

}  // namespace meshtrace::cli
