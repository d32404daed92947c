// Names of the service that a container belongs to, as the OpenTelemetry semantic conventions ("How service.name should
// be calculated", Kubernetes attributes) and Istio's canonical service calculate them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/inject/pod.h"

namespace meshtrace::inject {

// Prefix of the pod annotations that set resource attributes.
inline constexpr std::string_view kAttributeAnnotationPrefix = "resource.opentelemetry.io/";

// Longest value of such an annotation, in bytes: what a policy's attribute may have. A longer one does not count.
inline constexpr std::size_t kMaxAttributeValue = 1024;

// The pod's annotation for one attribute; empty where it is absent or too long.
std::string_view attribute_annotation(const Pod& pod, std::string_view attribute);

// service.name as a literal; nullopt: the pod's own name, which is known only at run time.
std::optional<std::string_view> service_name(const Pod& pod, const Container& container,
                                             const policy::InjectionSettings& settings);

// service.version as computed: the well-known label where that is asked for, else the image's tag and digest.
// Empty where nothing says it.
std::string service_version(const Pod& pod, const Container& container, const policy::InjectionSettings& settings);

}  // namespace meshtrace::inject
