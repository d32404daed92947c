// What a policy says itself at its scope: at each narrower scope only that is written, the rest is inherited by Istio's
// own layers.
#pragma once

#include <string_view>
#include <vector>

#include "core/mesh/facts.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

PolicyKey key_of(const policy::TracingPolicy& policy);

// Whether the scope's own policy states the field or, of an object, any of its members ("proxy.accessLog").
bool states(const policy::PolicyScope& scope, std::string_view path);

// The next wider scope that holds for this one's pods, or null. `scopes` are Index::scopes(), as below.
const policy::PolicyScope* wider_than(const policy::PolicyScope& scope, const std::vector<policy::PolicyScope>& scopes);

// The oldest policy with a selector whose labels are all among this one's, so that it wins every pod that this one
// selects; null where there is none.
const policy::TracingPolicy* shadowed_by(const policy::PolicyScope& scope,
                                         const std::vector<policy::PolicyScope>& scopes);

}  // namespace meshtrace::mesh
