// Namespaces whose pods no policy covers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::policy {

// kube-system, kube-public, kube-node-lease, meshtrace-system and the root namespace: never covered, because a wrong
// variable there could keep the cluster, the mesh or ourselves from starting.
[[nodiscard]] bool is_excluded_namespace(std::string_view ns, std::string_view root_namespace);

// All of them, sorted, for selectors that leave them out.
[[nodiscard]] std::vector<std::string> excluded_namespaces(std::string_view root_namespace);

}  // namespace meshtrace::policy
