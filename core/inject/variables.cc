#include "core/inject/variables.h"

#include <fmt/format.h>

#include "core/inject/attributes.h"
#include "core/inject/batch.h"
#include "core/inject/identity.h"
#include "core/trace/expansion.h"

namespace meshtrace::inject {
namespace {

constexpr std::string_view kSampler = "OTEL_TRACES_SAMPLER";
constexpr std::string_view kArgument = "OTEL_TRACES_SAMPLER_ARG";
constexpr std::string_view kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
constexpr std::string_view kProtocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

void apply_sampler(const policy::Sampling& sampling, Environment& environment) {
  if (environment.note_kept_pair(kSampler, kArgument)) return;
  if (sampling.owner == policy::SamplingOwner::kProxy) {
    environment.set_unless_taken(kSampler, "parentbased_always_on");
    return;
  }
  environment.set_unless_taken(kSampler, "parentbased_traceidratio");
  environment.set_unless_taken(kArgument, sampler_argument(sampling.hundredths));
}

// The policy's endpoint may refer to variables; ours are found under the name that this container leaves us.
std::string endpoint_text(const Container& container, const policy::InjectionSettings& settings, Identity& identity,
                          Environment& environment, std::vector<std::string>& warnings) {
  const std::string& endpoint = *settings.exporter_endpoint;
  std::string text = endpoint;
  for (const std::string_view name : trace::references(endpoint)) {
    const auto which = downward_named(name);
    const bool is_ours = which && (settings.pod_identity || *which == Downward::kNodeIp);
    if (is_ours) {
      if (*which == Downward::kNodeIp) identity.want(*which);
      if (const auto usable = identity.refer(*which, Identity::kAtEnd)) {
        text = trace::rename_reference(text, name, *usable);
        continue;
      }
    }
    if (!environment.find(name) && !container.has_env_from) {
      warnings.push_back(fmt::format("{} refers to {}, which the container lacks", kEndpoint, name));
    }
  }
  return text;
}

// Endpoint and protocol are one unit: the container's own endpoint speaks the protocol that the container has.
void apply_exporter(const Container& container, const policy::InjectionSettings& settings, Identity& identity,
                    Environment& environment, std::vector<std::string>& warnings) {
  if (!settings.exporter_endpoint && !settings.exporter_protocol) return;
  if (environment.note_kept_pair(kEndpoint, kProtocol)) return;
  if (settings.exporter_endpoint) {
    environment.set_unless_taken(kEndpoint, endpoint_text(container, settings, identity, environment, warnings));
  }
  if (settings.exporter_protocol) environment.set_unless_taken(kProtocol, *settings.exporter_protocol);
}

}  // namespace

std::string sampler_argument(int hundredths) {
  std::string fraction = fmt::format("{:.4f}", hundredths / 10'000.0);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.back() == '.') fraction.pop_back();
  return fraction;
}

void apply_variables(const Pod& pod, const Container& container, const policy::InjectionSettings& settings,
                     Environment& environment, std::vector<std::string>& warnings) {
  Identity identity(environment);
  if (settings.pod_identity) {
    for (const Downward which :
         {Downward::kPodName, Downward::kNodeName, Downward::kNamespace, Downward::kPodUid, Downward::kPodIp}) {
      identity.want(which);
    }
  }
  apply_attributes(pod, container, settings, identity, environment, warnings);
  if (!settings.propagators.empty()) {
    environment.set_unless_taken("OTEL_PROPAGATORS", fmt::format("{}", fmt::join(settings.propagators, ",")));
  }
  if (settings.sampling) apply_sampler(*settings.sampling, environment);
  if (settings.batch) apply_batch(container, *settings.batch, environment, warnings);
  apply_exporter(container, settings, identity, environment, warnings);
  if (settings.sdk_disabled)
    environment.set_unless_taken("OTEL_SDK_DISABLED", *settings.sdk_disabled ? "true" : "false");
  identity.apply();
}

}  // namespace meshtrace::inject
