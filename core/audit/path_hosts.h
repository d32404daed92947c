// Host names as Istio's objects and applications write them, and the Services that they mean.
// Source: Istio, pkg/config/host and pilot/pkg/model/service.go (ResolveShortnameToFQDN); Kubernetes, "DNS for Services
// and Pods".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/audit/snapshot.h"

namespace meshtrace::audit {

// The Service that an Istio object of the namespace means: a name without a dot is of its own namespace, and else the
// name must go on with ".svc" (Istio takes "reviews.shop" for a host of the outside). Null: none that is known.
const Object* istio_service(const Snapshot& snapshot, std::string_view host, std::string_view ns);

// The Service that a pod of the namespace reaches by the name; "reviews.shop" is one, too.
const Object* dns_service(const Snapshot& snapshot, std::string_view host, std::string_view ns);

// "reviews" in namespace shop as "reviews.shop.svc.cluster.local"; other names and wildcards as they are.
std::string full_host(std::string_view host, std::string_view ns);
std::string full_host(const Object& service);

// Whether two hosts, either of which may begin with "*", have a name in common.
bool hosts_meet(std::string_view one, std::string_view other);

// Whether `export_to` (an array of ".", "*", "~" and namespaces; empty: everywhere) lets the namespace see an object of
// `owner`.
bool is_exported(const nlohmann::json& export_to, std::string_view owner, std::string_view ns);

}  // namespace meshtrace::audit
