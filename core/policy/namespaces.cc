#include "core/policy/namespaces.h"

#include <algorithm>
#include <array>

namespace meshtrace::policy {

namespace {

constexpr std::array<std::string_view, 4> kExcluded{"kube-system", "kube-public", "kube-node-lease",
                                                    "meshtrace-system"};

}  // namespace

bool is_excluded_namespace(std::string_view ns, std::string_view root_namespace) {
  return ns == root_namespace || std::find(kExcluded.begin(), kExcluded.end(), ns) != kExcluded.end();
}

std::vector<std::string> excluded_namespaces(std::string_view root_namespace) {
  std::vector<std::string> all(kExcluded.begin(), kExcluded.end());
  all.emplace_back(root_namespace);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace meshtrace::policy
