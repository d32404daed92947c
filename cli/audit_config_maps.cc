#include "cli/audit_config_maps.h"

#include <string_view>
#include <utility>

#include "cli/workload.h"
#include "core/base/json.h"
#include "core/policy/labels.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

class Collector {
 public:
  void read(const audit::Object& object) {
    if (object.kind == audit::Kind::kConfigMap) {
      for (const char* key : {"proxy-set-headers", "add-headers"}) add_path(string_member(object.value, {"data", key}));
    }
    if (!audit::kWorkloadKinds.has(object.kind)) return;
    for (const WorkloadKind& kind : workload_kinds()) {
      if (kind.kind != object.ref.kind) continue;
      const json::json_pointer pod{std::string(kind.pod)};
      if (object.value.contains(pod)) read_pod(object.value.at(pod), object.ref.ns);
    }
  }

  std::set<NamespacedName> take() { return std::move(names_); }

 private:
  void read_pod(const json& pod, const std::string& ns) {
    for (const char* list : {"containers", "initContainers"}) {
      for (const json& container : array_member(pod, {"spec", list})) {
        for (const json& source : array_member(container, {"envFrom"})) {
          add(ns, string_member(source, {"configMapRef", "name"}));
        }
        for (const json& variable : array_member(container, {"env"})) {
          add(ns, string_member(variable, {"valueFrom", "configMapKeyRef", "name"}));
        }
        for (const json& argument : array_member(container, {"args"})) read_argument(argument, ns);
      }
    }
  }

  // --configmap=$(POD_NAMESPACE)/ingress-nginx-controller
  void read_argument(const json& argument, const std::string& ns) {
    constexpr std::string_view kOption = "--configmap=";
    constexpr std::string_view kOwnNamespace = "$(POD_NAMESPACE)/";
    if (!argument.is_string()) return;
    std::string_view text = argument.get_ref<const std::string&>();
    if (!text.starts_with(kOption)) return;
    text.remove_prefix(kOption.size());
    if (text.starts_with(kOwnNamespace)) {
      add(ns, std::string(text.substr(kOwnNamespace.size())));
    } else {
      add_path(text);
    }
  }

  void add_path(std::string_view path) {
    const std::size_t slash = path.find('/');
    if (slash != std::string_view::npos) add(std::string(path.substr(0, slash)), std::string(path.substr(slash + 1)));
  }

  // They become part of a request's path.
  void add(const std::string& ns, const std::string& name) {
    if (policy::is_dns_subdomain(ns) && policy::is_dns_subdomain(name)) names_.emplace(ns, name);
  }

  std::set<NamespacedName> names_;
};

}  // namespace

std::set<NamespacedName> named_config_maps(const std::vector<audit::ObjectPointer>& objects) {
  Collector collector;
  for (const audit::ObjectPointer& object : objects) collector.read(*object);
  return collector.take();
}

}  // namespace meshtrace::cli
