// Pods and settings that the tests of the injection's rules share.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/injected.h"
#include "tests/support/kubelet.h"

namespace meshtrace::test {

using nlohmann::json;

inline policy::InjectionSettings defaults() {
  policy::InjectionSettings settings;
  settings.include = {"*"};
  settings.propagators = {"tracecontext", "baggage"};
  settings.hash = "0123456789abcdef";
  return settings;
}

inline policy::InjectionSettings everything() {
  auto settings = defaults();
  settings.sampling = policy::Sampling{policy::SamplingOwner::kSdk, 1000};
  settings.batch = policy::BatchSpanProcessor{};
  settings.batch->export_timeout = std::chrono::seconds(30);
  settings.exporter_endpoint = "http://otel-collector.observability:4317";
  settings.exporter_protocol = "grpc";
  settings.sdk_disabled = false;
  return settings;
}

inline json pod_with(json container, json metadata = {{"name", "checkout"}}) {
  container.emplace("name", "app");
  container.emplace("image", "registry:5000/shop/checkout:1.4");
  return {{"metadata", std::move(metadata)}, {"spec", {{"containers", {std::move(container)}}}}};
}

inline json pod_with_env(json env) { return pod_with({{"env", std::move(env)}}); }

inline json owned_by(const char* api_version, const char* kind, const char* name, json labels = json::object()) {
  return {{"generateName", std::string(name) + "-"},
          {"labels", std::move(labels)},
          {"ownerReferences", {{{"apiVersion", api_version}, {"kind", kind}, {"name", name}, {"controller", true}}}}};
}

inline const json& first_container(const Injected& result) { return result.pod["spec"]["containers"][0]; }

inline std::vector<std::string> names(const json& container) {
  std::vector<std::string> found;
  for (const auto& entry : container["env"]) found.push_back(entry["name"]);
  return found;
}

// The environment at run time of the first container, after injection.
inline Variables environment(const json& pod, const policy::InjectionSettings& settings,
                             const Variables& sources = {}) {
  return run_environment(first_container(injected(pod, settings)), pod_fields(), sources);
}

}  // namespace meshtrace::test
