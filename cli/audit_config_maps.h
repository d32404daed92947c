// Which ConfigMaps of a cluster an audit needs besides those of the mesh's root namespace.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/audit/object.h"

namespace meshtrace::cli {

using NamespacedName = std::pair<std::string, std::string>;

// Named by envFrom and valueFrom of pods and templates, by the argument --configmap of ingress-nginx, and by that
// ConfigMap's own proxy-set-headers and add-headers.
std::set<NamespacedName> named_config_maps(const std::vector<audit::ObjectPointer>& objects);

}  // namespace meshtrace::cli
