#include "core/inject/service.h"

#include <algorithm>
#include <initializer_list>

namespace meshtrace::inject {
namespace {

using policy::ServiceName;

std::string_view first_of(std::initializer_list<std::string_view> candidates) {
  const auto* found = std::find_if(candidates.begin(), candidates.end(), [](auto name) { return !name.empty(); });
  return found == candidates.end() ? std::string_view() : *found;
}

std::string_view workload_name(const Workload& workload) {
  return first_of({workload.deployment, workload.replicaset, workload.statefulset, workload.daemonset, workload.cronjob,
                   workload.job, workload.replication_controller});
}

std::string_view label_name(const Pod& pod, const ServiceName& rule) {
  switch (rule.from) {
    case ServiceName::From::kCanonical:
      return first_of({find(pod.labels, "service.istio.io/canonical-name"), find(pod.labels, "app.kubernetes.io/name"),
                       find(pod.labels, "app")});
    case ServiceName::From::kLabel:
      if (const std::string_view name = find(pod.labels, rule.key); !name.empty()) return name;
      break;
    case ServiceName::From::kAuto:
    case ServiceName::From::kValue:
      break;
  }
  if (!rule.use_well_known_labels) return {};
  return first_of({find(pod.labels, "app.kubernetes.io/instance"), find(pod.labels, "app.kubernetes.io/name")});
}

// "registry:5000/shop/checkout:1.4@sha256:…" is "1.4@sha256:…"; empty without tag and digest.
std::string image_version(std::string_view image) {
  const std::size_t at = image.find('@');
  const std::string_view digest = at == std::string_view::npos ? std::string_view() : image.substr(at + 1);
  const std::string_view name = image.substr(0, at);
  const std::size_t colon = name.rfind(':');
  const std::size_t slash = name.rfind('/');
  const bool has_tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  std::string version(has_tag ? name.substr(colon + 1) : std::string_view());
  if (!version.empty() && !digest.empty()) version += '@';
  return version.append(digest);
}

std::string_view policy_attribute(const policy::InjectionSettings& settings, std::string_view key) {
  for (const auto& [name, value] : settings.resource_attributes) {
    if (name == key) return value;
  }
  return {};
}

}  // namespace

std::string_view attribute_annotation(const Pod& pod, std::string_view attribute) {
  for (const auto& [key, value] : pod.annotations) {
    if (key.starts_with(kAttributeAnnotationPrefix) && key.substr(kAttributeAnnotationPrefix.size()) == attribute) {
      return value.size() <= kMaxAttributeValue ? value : std::string_view();
    }
  }
  return {};
}

std::optional<std::string_view> service_name(const Pod& pod, const Container& container,
                                             const policy::InjectionSettings& settings) {
  const ServiceName& rule = settings.service_name;
  const std::string_view stated = rule.from == ServiceName::From::kValue ? std::string_view(rule.value) : "";
  const std::string_view name =
      first_of({attribute_annotation(pod, "service.name"), stated, policy_attribute(settings, "service.name"),
                label_name(pod, rule), workload_name(pod.workload)});
  if (!name.empty()) return name;
  if (settings.pod_identity) return std::nullopt;
  return first_of({pod.name, container.name});
}

std::string service_version(const Pod& pod, const Container& container, const policy::InjectionSettings& settings) {
  if (settings.service_name.use_well_known_labels) {
    const std::string_view label = find(pod.labels, "app.kubernetes.io/version");
    if (!label.empty()) return std::string(label);
  }
  return image_version(container.image);
}

}  // namespace meshtrace::inject
