// The JSONPatch expressions of a MutatingAdmissionPolicy: the entries of each selected container's `env` that are to be
// added or changed, by the rules of inject.h. Each expression is one mutation and sees the result of those before it,
// so that a second evaluation finds nothing to do.
//
// In the expressions `c` is a container, `i` its place in variables.paths and variables.selected, `env` its list,
// `names` the names in it, and `e` an entry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/inject/identity.h"
#include "core/policy/effective.h"

namespace meshtrace::inject {

// spec.mutations[].jsonPatch.expression, in the order in which they must run.
std::vector<std::string> admission_patches(const policy::InjectionSettings& settings);

// The downward API variables that a policy brings.
struct DownwardUse {
  std::vector<Downward> added;          // for themselves, in their order
  std::vector<Downward> by_attributes;  // those of them that attributes and service name refer to
  std::vector<Downward> by_endpoint;    // what the endpoint refers to; added only where the endpoint is
};
DownwardUse downward_use(const policy::InjectionSettings& settings);

// Phrases that the patches share.
namespace patch {

// Operations for every selected container: `body` is a list of them.
std::string for_each_container(std::string_view body);
// Whether the container has the variable, or the annotation keeps it away; `name` is an expression.
std::string is_taken(std::string_view name);
// Appends one entry; both are expressions.
std::string append(std::string_view name, std::string_view value);
// Whether the entry of that name reads that field, and is the only one of its name.
std::string is_usable(std::string_view name, std::string_view field_path);
// Whether it stands before the container's own list of attributes, so that this can refer to it.
std::string is_early(std::string_view name);
// In `body`, where something is referred, `usable` are the names of those downward variables and of their private twins
// that a value at the end of the list may refer to.
std::string with_usable(const std::vector<Downward>& referred, std::string_view body);
// "$(K8S_POD_NAME)", or its twin's reference; '' where neither is among `names`.
std::string refer(Downward which, std::string_view names);

}  // namespace patch

// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, as one expression.
std::string attributes_patch(const policy::InjectionSettings& settings);

// Everything behind them, with constant names and, but for the queue, constant values. Empty where nothing is stated.
std::string settings_patch(const policy::InjectionSettings& settings);

}  // namespace meshtrace::inject
