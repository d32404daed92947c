// EnvoyFilters as istiod applies them: which of them reach a proxy, in which order, and what their patches are.
// Source: Istio, pilot/pkg/model/push_context.go (EnvoyFilters), policyattachment.go, and
// pilot/pkg/networking/core/envoyfilter.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/paths.h"
#include "core/audit/snapshot.h"

namespace meshtrace::audit {

inline constexpr const char* kConnectionManager = "envoy.filters.network.http_connection_manager";

// What istiod goes by when it looks for a proxy's filters.
struct Proxy {
  std::string ns;
  std::map<std::string, std::string> labels;
  bool is_waypoint = false;
};

// The proxy of a node; an empty namespace where the node has none that EnvoyFilters reach.
Proxy proxy_of(const Snapshot& snapshot, const PathNode& node);

// Whether the proxy has every label of an object of matchLabels.
bool has_labels(const Proxy& proxy, const nlohmann::json& wanted);

bool reaches(const Snapshot& snapshot, const Object& filter, const Proxy& proxy);
// By namespaces alone, for a first look at thousands of nodes: false where the object cannot reach the node's proxy.
bool may_reach(const Snapshot& snapshot, const Object& object, const PathNode& node);

// In the order in which they are applied: of two that set one value the later one wins.
std::vector<const Object*> filters_of(const Snapshot& snapshot, const Proxy& proxy);
// Likewise, of some objects; those that are no EnvoyFilters are left out.
std::vector<const Object*> in_order(const Snapshot& snapshot, const std::vector<const Object*>& some,
                                    const Proxy& proxy);

// Of two that reach one proxy.
bool is_applied_before(const Snapshot& snapshot, const Object& one, const Object& other);

struct FilterPatch {
  const Object* filter = nullptr;
  std::string field;                      // spec.configPatches[0]
  std::string apply_to;                   // NETWORK_FILTER
  std::string context;                    // ANY where it is not stated
  std::string operation;                  // MERGE
  const nlohmann::json* match = nullptr;  // never null; an empty object where there is none
  const nlohmann::json* value = nullptr;  // likewise
};
std::vector<FilterPatch> patches_of(const Object& filter);

// Whether a patch of the context is applied in `context`.
bool holds_in(const FilterPatch& patch, PatchContext context);

// Whether the patch is merged into every HTTP connection manager of its context, and not only into that of one port,
// listener, filter chain or version of proxies.
bool merges_connection_manager(const FilterPatch& patch);

// A protobuf field in JSON has two names: max_headers_count and maxHeadersCount. Null where neither is there.
const nlohmann::json* proto_member(const nlohmann::json& object, std::string_view snake_case);

}  // namespace meshtrace::audit
