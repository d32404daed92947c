#include "core/audit/checks/sampling.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "core/audit/fix.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

constexpr std::string_view kParentBased = "parentbased_";
constexpr std::string_view kRatio = "traceidratio";

}  // namespace

std::optional<double> parse_ratio(const std::string& text) {
  double ratio = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ratio);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return ratio;
}

std::optional<SdkSampler> sampler_of(const Model& model, const Workload& workload, const Container& container) {
  const Lookup name = look_up(model, workload, container, kSamplerVariable);
  if (!name.known || (!name.value && !has_variable(model, workload, container, "OTEL_"))) return std::nullopt;
  SdkSampler sampler;
  sampler.name = name.value.value_or("parentbased_always_on");  // the SDKs' default
  sampler.is_parent_based = sampler.name.starts_with(kParentBased);
  if (sampler.name.ends_with(kRatio)) {
    const Lookup argument = look_up(model, workload, container, kArgumentVariable);
    if (argument.known) sampler.ratio = argument.value ? parse_ratio(*argument.value) : 1.0;
  }
  return sampler;
}

std::optional<Tracing> proxy_decision(const Model& model, const Workload& workload) {
  if (workload.mesh != MeshMode::kSidecar) return std::nullopt;
  Tracing tracing = model.mesh.tracing(workload, Direction::kServer);
  return tracing.enabled ? std::optional(std::move(tracing)) : std::nullopt;
}

bool controller_will_decide(const Model& model, const Workload& workload) {
  return !model.snapshot.options().is_cluster && workload.policy != nullptr && workload.policy->injection.sampling;
}

const Object* percentage_object(const Model& model, const Workload& workload, const Tracing& tracing) {
  if (tracing.percentage_from != nullptr) return tracing.percentage_from;
  if (tracing.from != nullptr) return tracing.from;
  const MeshRevision* revision = model.mesh.revision_of(workload.ns, workload.labels);
  return revision == nullptr ? nullptr : revision->object;
}

std::vector<nlohmann::json> set_percentage(const Object& telemetry, double percentage) {
  std::vector<nlohmann::json> operations;
  const std::size_t entries = array_member(telemetry.value, {"spec", "tracing"}).size();
  for (std::size_t i = 0; i < entries; ++i) {
    const auto more = replace_field(telemetry, fmt::format("spec.tracing[{}].randomSamplingPercentage", i),
                                    percentage_value(percentage));
    operations.insert(operations.end(), more.begin(), more.end());
  }
  return operations;
}

nlohmann::json percentage_value(double percentage) {
  if (std::trunc(percentage) == percentage) return static_cast<int>(percentage);
  return percentage;
}

std::string percent(double percentage) { return fmt::format("{:g} %", percentage); }

}  // namespace meshtrace::audit
