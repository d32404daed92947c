#include "core/policy/namespaces.h"

#include <algorithm>
#include <array>

namespace meshtrace::policy {

bool is_excluded_namespace(std::string_view ns, std::string_view root_namespace) {
  constexpr std::array<std::string_view, 4> kExcluded{"kube-system", "kube-public", "kube-node-lease",
                                                      "meshtrace-system"};
  return ns == root_namespace || std::find(kExcluded.begin(), kExcluded.end(), ns) != kExcluded.end();
}

}  // namespace meshtrace::policy
