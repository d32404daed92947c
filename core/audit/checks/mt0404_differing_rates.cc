#include <fmt/format.h>

#include <cmath>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/sampling.h"
#include "core/audit/fix.h"

namespace meshtrace::audit {
namespace {

constexpr double kAll = 100;
// Rates nearer than this are equal: a policy has two decimals of a percent.
constexpr double kTolerance = 0.005;

bool differ(double one, double other) { return std::abs(one - other) > kTolerance; }

const policy::Sampling* sampling_of(const Workload& workload) {
  return workload.policy != nullptr && workload.policy->injection.sampling ? &*workload.policy->injection.sampling
                                                                           : nullptr;
}

double percentage_of(const policy::Sampling& sampling) { return sampling.hundredths / kAll; }

// The container's own entries of the pair, the last first, so that each removal leaves the others' places.
std::vector<nlohmann::json> removals(const Workload& workload, const Container& container) {
  std::vector<nlohmann::json> operations;
  for (auto entry = container.env.rbegin(); entry != container.env.rend(); ++entry) {
    if (entry->by_policy || (entry->name != kSamplerVariable && entry->name != kArgumentVariable)) continue;
    const auto more = remove_field(*workload.object, entry->field);
    operations.insert(operations.end(), more.begin(), more.end());
  }
  return operations;
}

// A container that states another rate than the policy that covers it.
void compare_with_policy(const Workload& workload, const Container& container, const policy::Sampling& sampling,
                         double ratio, Findings& findings) {
  if (!differ(ratio * kAll, percentage_of(sampling))) return;
  findings.add(*workload.object,
               fmt::format("Traces that begin at {} are sampled at {}, those of other services at the policy's {}: its "
                           "own OTEL_TRACES_SAMPLER_ARG wins over the policy.",
                           in_container(container), percent(ratio * kAll), percent(percentage_of(sampling))),
               {.field = container.find(kArgumentVariable)->field + ".value",
                .fix = patch_template(workload, removals(workload, container),
                                      fmt::format("Remove {} and {} from {}.", kSamplerVariable, kArgumentVariable,
                                                  in_container(container)))});
}

// The proxy decides before the SDK is asked.
void compare_with_proxy(const Model& model, const Workload& workload, const Container& container, double ratio,
                        Findings& findings) {
  const auto decision = proxy_decision(model, workload);
  if (!decision || !decision->sampling_percentage) return;  // without a percentage: MT0402
  const double percentage = *decision->sampling_percentage;
  if (!differ(ratio * kAll, percentage)) return;
  findings.add(*workload.object,
               fmt::format("OTEL_TRACES_SAMPLER_ARG of {} asks for {}, and requests come with the decision of proxies "
                           "that sample {}: the SDK's rate counts only for what begins in the application itself.",
                           in_container(container), percent(ratio * kAll), percent(percentage)),
               {.field = container.find(kArgumentVariable)->field + ".value",
                .fix = set_variables(workload, container, {{std::string(kSamplerVariable), "parentbased_always_on"}}),
                .severity = Severity::kInfo});
}

// The policy lets SDKs decide, and a Telemetry lets proxies do it at another rate.
void compare_policy_with_telemetry(const Model& model, const Workload& workload, const policy::Sampling& sampling,
                                   Findings& findings) {
  if (sampling.owner != policy::SamplingOwner::kSdk || workload.is_gateway) return;
  const auto decision = proxy_decision(model, workload);
  if (!decision || !decision->sampling_percentage) return;
  const Object* telemetry = decision->percentage_from;
  const double wanted = percentage_of(sampling);
  if (telemetry == nullptr || telemetry->kind != Kind::kTelemetry) return;
  if (!differ(*decision->sampling_percentage, wanted)) return;
  findings.add(*telemetry,
               fmt::format("The policy lets SDKs sample {}, and this Telemetry lets the proxies decide before them, at "
                           "{}: the policy's rate counts for nothing that comes through a proxy.",
                           percent(wanted), percent(*decision->sampling_percentage)),
               {.field = "spec.tracing", .fix = patch_command(*telemetry, set_percentage(*telemetry, wanted))});
}

// The SDK's own rate, where it counts: of a sampler that decides only without a parent.
std::optional<double> own_ratio(const Model& model, const Workload& workload, const Container& container) {
  const EnvVariable* argument = container.find(kArgumentVariable);
  if (argument == nullptr || argument->by_policy) return std::nullopt;
  const auto sampler = sampler_of(model, workload, container);
  if (!sampler || !sampler->is_parent_based || !sampler->ratio || *sampler->ratio > 1) return std::nullopt;
  return sampler->ratio;
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr) return;
  const policy::Sampling* sampling = sampling_of(*workload);
  if (sampling != nullptr) compare_policy_with_telemetry(model, *workload, *sampling, findings);
  for (const Container* container : sdk_containers(*workload)) {
    const auto ratio = own_ratio(model, *workload, *container);
    if (!ratio) continue;
    if (sampling != nullptr) {
      compare_with_policy(*workload, *container, *sampling, *ratio, findings);
    } else {
      compare_with_proxy(model, *workload, *container, *ratio, findings);
    }
  }
}

}  // namespace

const Check kDifferingRates{
    .code = "MT0404",
    .severity = Severity::kWarning,
    .title = "policy, Telemetry and pods state different rates",
    .effect = "More or fewer traces than the policy says, and not the same for every service.",
    .page = R"(One request has one decision: the first that makes it says so in `traceparent`, and everything behind
follows. Three places can state a rate, and only the first on the way counts:

- a container's own `OTEL_TRACES_SAMPLER_ARG` wins over what the policy would inject;
- a Telemetry with a percentage decides in the proxy, before the SDK is asked, although the policy says `owner: SDK`;
- without a policy, an SDK's rate beside a proxy that decides counts only for work that begins in the application
  (info).

The fix leaves one: the policy's.

Sources: Istio, "Telemetry API"; OpenTelemetry, "Tracing SDK", section Sampling; [mesh.md](mesh.md).)",
    .subjects = kWorkloadKinds,
    .reads = kSamplingInputs,
    .run = run,
};

}  // namespace meshtrace::audit
