// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES of one container: who states which attribute, and how ours are added
// to a list of the container's own without changing what that list says.
#pragma once

#include <string>
#include <vector>

#include "core/inject/environment.h"
#include "core/inject/identity.h"
#include "core/inject/pod.h"

namespace meshtrace::inject {

// Longest list written, in bytes. Linux takes 131,072 for one variable (MAX_ARG_STRLEN); past it the container could
// not start. References grow when the kubelet expands them, hence half.
inline constexpr std::size_t kMaxAttributesBytes = 65'536;

void apply_attributes(const Pod& pod, const Container& container, const policy::InjectionSettings& settings,
                      Identity& identity, Environment& environment, std::vector<std::string>& warnings);

}  // namespace meshtrace::inject
