// All variables of one container, in the order in which they must stand: what each is called, and its value.
#pragma once

#include <string>
#include <vector>

#include "core/inject/environment.h"
#include "core/inject/pod.h"

namespace meshtrace::inject {

// OTEL_TRACES_SAMPLER_ARG for a ratio given in hundredths of a percent: 1000 is "0.1", 10000 is "1".
std::string sampler_argument(int hundredths);

void apply_variables(const Pod& pod, const Container& container, const policy::InjectionSettings& settings,
                     Environment& environment, std::vector<std::string>& warnings);

}  // namespace meshtrace::inject
