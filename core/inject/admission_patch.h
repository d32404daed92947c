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

// The downward API variables that are added, in their order, and those among them that our own values refer to.
struct DownwardUse {
  std::vector<Downward> added;
  std::vector<Downward> referred;
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
// Whether the entry of that name reads that field, once, and stands before the container's own list of attributes.
std::string is_usable(std::string_view name, std::string_view field_path);
// In `body`, where something is referred, `usable` are the names of the downward variables and of their private twins
// that a value may refer to.
std::string with_usable(const std::vector<Downward>& referred, std::string_view body);
// "$(K8S_POD_NAME)", or its twin's reference; '' where neither is usable.
std::string refer(Downward which);

}  // namespace patch

// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, as one expression.
std::string attributes_patch(const policy::InjectionSettings& settings);

// Everything behind them, with constant names and, but for the queue, constant values. Empty where nothing is stated.
std::string settings_patch(const policy::InjectionSettings& settings);

}  // namespace meshtrace::inject
