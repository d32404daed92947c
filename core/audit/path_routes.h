// Where the rules of VirtualServices and of Gateway API routes send requests, and what they do to trace headers on the
// way. Delegates are followed; what is mirrored, redirected or answered at once goes nowhere.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/header_changes.h"
#include "core/audit/snapshot.h"

namespace meshtrace::audit {

inline constexpr const char* kMeshGateway = "mesh";  // Istio's word for all sidecars

struct Destination {
  const Object* by = nullptr;       // the object whose rule it is: of a delegate, that one
  std::string field = {};           // in `by`: spec.http[0].route[1]
  std::string host = {};            // as written in the namespace of `by`; of the Gateway API empty
  const Object* service = nullptr;  // null where none is known
  int port = 0;                     // 0: the Service's only one
  std::vector<HeaderChange> changes = {};
};

// For requests that come to the gateway: kMeshGateway, or "namespace/name".
std::vector<Destination> destinations_of(const Snapshot& snapshot, const Object& virtual_service,
                                         std::string_view gateway);

// Of an HTTPRoute or GRPCRoute.
std::vector<Destination> backends_of(const Snapshot& snapshot, const Object& route);

// The gateways that a VirtualService names, as "namespace/name", and kMeshGateway; that alone where it names none.
std::vector<std::string> gateways_of(const Object& virtual_service);

// VirtualServices of the mesh by the host that they are for.
class MeshRoutes {
 public:
  explicit MeshRoutes(const Snapshot& snapshot);
  // The one that holds for calls from the namespace to the host (in full): an exact host before a wildcard, a longer
  // one before a shorter, the caller's own namespace's before others', an older one before a younger.
  [[nodiscard]] const Object* find(std::string_view host, std::string_view from_namespace) const;

 private:
  std::map<std::string, std::vector<const Object*>, std::less<>> exact_;
  std::vector<std::pair<std::string, const Object*>> wildcards_;  // the longest first
};

// By Service the VirtualService of the mesh whose http rules are for its host. One with rules for TCP or TLS, too, may
// mean other ports and is left out.
std::map<const Object*, const Object*> http_rules(const Snapshot& snapshot);

// A port's number at the keys; 0 where there is none.
int port_number(const nlohmann::json& value, std::initializer_list<const char*> keys);

// Of two objects the one that istiod reads first: the older one, then by namespace and name.
bool is_older(const Object& one, const Object& other);

}  // namespace meshtrace::audit
