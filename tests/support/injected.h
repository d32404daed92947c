// Runs the injection on a pod given as JSON and applies the patch, for tests that look at the result.
#pragma once

#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "core/inject/inject.h"
#include "tests/support/json_patch.h"

namespace meshtrace::test {

struct Injected {
  inject::Injection injection;
  nlohmann::json patch = nlohmann::json::array();
  nlohmann::json pod;  // after the patch
};

inline Result<inject::Injection> run_inject(const std::string& pod, const policy::InjectionSettings& settings,
                                            const inject::Options& options = {}) {
  // The outcome's views live as long as this parser; tests look at names only, right away.
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(pod).get(element) != simdjson::SUCCESS)
    throw std::runtime_error("the test's pod is not JSON: " + pod);
  return inject::inject(element, settings, options);
}

inline Injected injected(const nlohmann::json& pod, const policy::InjectionSettings& settings,
                         const inject::Options& options = {}) {
  auto injection = run_inject(pod.dump(), settings, options);
  if (!injection) throw std::runtime_error(injection.error().message());
  Injected result{std::move(*injection), nlohmann::json::array(), pod};
  if (!result.injection.patch.empty()) result.patch = nlohmann::json::parse(result.injection.patch);
  result.pod = apply_patch(pod, result.patch);
  return result;
}

}  // namespace meshtrace::test
