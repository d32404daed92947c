// What each scope's policy wants of the mesh, before it is asked what stands there already and what may be written.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/mesh/envoy_filter.h"
#include "core/mesh/logging.h"
#include "core/mesh/reasons.h"
#include "core/mesh/tracing.h"
#include "core/mesh/world.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

// What namespaces share in one mesh text, and so must not fill: every istiod holds all of it, and a ConfigMap ends at
// 1 MiB.
inline constexpr std::size_t kMaxProviders = 64;
inline constexpr std::size_t kMaxProviderBytes = 64 * 1024;  // of all of ours together, as JSON

struct Intent {
  policy::PolicyScope scope;
  PolicyKey policy;
  int rank = 0;  // among the policies with a selector of one namespace, the oldest 0
  std::map<std::string, std::vector<EntryEdit>> entries;  // by ConfigMap
  bool logs = false;                                      // a narrower scope's access log: Telemetry names a provider
  Tracing tracing;
  ConnectionManagerSettings settings;
  std::vector<Problem> problems;
  std::vector<std::string> notes;  // worth saying though nothing is wrong

  // The provider that it wants in that ConfigMap, or null.
  [[nodiscard]] const EntryEdit* provider(const std::string& config_map) const;
  void drop_logging();
};

// One for each scope, in the order of `scopes` (Index::scopes()); shadowed ones (scope.h) left out. Providers over the
// caps are left out with a problem; what stands already goes before what is new, then the older policy.
std::vector<Intent> make_intents(const std::vector<policy::PolicyScope>& scopes, const World& world);

}  // namespace meshtrace::mesh
