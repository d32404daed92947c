// How an SDK samples, by its variables, and what proxies beside it decide. Shared by the checks of group 04.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/audit/checks/environment.h"
#include "core/audit/checks/mesh_settings.h"

namespace meshtrace::audit {

inline constexpr std::string_view kSamplerVariable = "OTEL_TRACES_SAMPLER";
inline constexpr std::string_view kArgumentVariable = "OTEL_TRACES_SAMPLER_ARG";

struct SdkSampler {
  std::string name;              // parentbased_traceidratio
  bool is_parent_based = false;  // follows the flag of a traceparent that arrives
  std::optional<double> ratio;   // 0..1, of a sampler by trace id
};
// Nothing where no variable says that an SDK is there, or where one comes from a source that is not known.
std::optional<SdkSampler> sampler_of(const Model& model, const Workload& workload, const Container& container);

// A number as OTEL_TRACES_SAMPLER_ARG has it.
std::optional<double> parse_ratio(const std::string& text);

// What a workload's own proxy decides for requests that come in; nothing without a sidecar that traces.
std::optional<Tracing> proxy_decision(const Model& model, const Workload& workload);

// From files: a policy states sampling, for which the controller will write Telemetries that are not among them.
bool controller_will_decide(const Model& model, const Workload& workload);

// The object to edit for the proxies' percentage: a Telemetry, or what states the mesh's configuration; null if not
// known.
const Object* percentage_object(const Model& model, const Workload& workload, const Tracing& tracing);

// The operations that give every tracing entry of a Telemetry this percentage.
std::vector<nlohmann::json> set_percentage(const Object& telemetry, double percentage);

// As people write it: 100, not 100.0.
nlohmann::json percentage_value(double percentage);

// "10 %", "0.5 %".
std::string percent(double percentage);

// What the proxies' sampling depends on besides the workloads.
inline const Kinds kSamplingInputs = kWorkloadInputs | kMeshKinds;

}  // namespace meshtrace::audit
