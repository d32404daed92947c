// All variables of one container, in the order in which they must stand: what each is called, and its value.
#pragma once

#include <string>
#include <vector>

#include "core/inject/environment.h"
#include "core/inject/pod.h"

namespace meshtrace::inject {

void apply_variables(const Pod& pod, const Container& container, const policy::InjectionSettings& settings,
                     Environment& environment, std::vector<std::string>& warnings);

}  // namespace meshtrace::inject
