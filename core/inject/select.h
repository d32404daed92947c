// Which containers of a pod are injected: the policy's globs, but never a proxy.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/inject/pod.h"

namespace meshtrace::inject {

// Containers that are a proxy's in every mesh that we know.
inline constexpr std::array<std::string_view, 5> kProxyContainers{"istio-proxy", "linkerd-proxy", "istio-validation",
                                                                  "istio-init", "linkerd-init"};

// Containers that Istio's injector lists as its own, in the annotation sidecar.istio.io/status.
std::vector<std::string> istio_containers(const Pod& pod);

// Why a container is left alone, or kInjected where it is not.
Outcome select(const Container& container, const policy::InjectionSettings& settings,
               const std::vector<std::string>& istio);

}  // namespace meshtrace::inject
