#include "core/mesh/tracing.h"

#include <fmt/format.h>

#include <utility>

#include "core/mesh/inherited.h"
#include "core/mesh/scope.h"
#include "core/mesh/tracing_provider.h"
#include "core/policy/json_path.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using About = Problem::About;

constexpr int kAll = 10'000;  // hundredths of a percent

json percentage(int hundredths) {
  if (hundredths % 100 == 0) return hundredths / 100;
  return hundredths / 100.0;
}

// Why proxies could not report to the provider; nothing where they can, as far as is known.
std::optional<Problem> unresolved(const std::string& provider, const World& world) {
  for (const MeshView& mesh : world.meshes) {
    if (mesh.error) continue;  // said elsewhere
    const json* entry = find_provider(mesh.current, provider);
    if (entry == nullptr) {
      return Problem{About::kResolvedRefs, kReasonProviderNotFound,
                     fmt::format("the tracing provider {} is not among extensionProviders in {}; Istio would take "
                                 "tracing away, so nothing of tracing is written. Add it there, or name another",
                                 provider, mesh.name)};
    }
    const auto service = service_of(*entry);
    const auto known = service ? world.facts.services.find(*service) : world.facts.services.end();
    if (known != world.facts.services.end() && !known->second) {
      return Problem{
          About::kResolvedRefs, kReasonServiceNotFound,
          fmt::format("the tracing provider {} reports to Service {}, which does not exist; Istio would take "
                      "tracing away, so nothing of tracing is written. Create it, or name another provider",
                      provider, *service)};
    }
  }
  return std::nullopt;
}

bool has_own_sampler(const std::string& provider, const World& world) {
  for (const MeshView& mesh : world.meshes) {
    const json* entry = find_provider(mesh.current, provider);
    const auto tracer = entry == nullptr ? json::const_iterator() : entry->find("opentelemetry");
    if (entry != nullptr && tracer != entry->end() && tracer->is_object() && tracer->contains("dynatraceSampler")) {
      return true;
    }
  }
  return false;
}

// The provider that a scope's proxies will report to, whether the policy names it or the mesh has it.
std::string provider_of(const policy::PolicyScope& scope, const World& world) {
  if (const json* named = policy::find_at(scope.effective->merged, "proxy.tracingProvider")) {
    return named->get<std::string>();
  }
  const bool in_namespace = scope.level == policy::Level::kWorkload;
  for (const MeshView& mesh : world.meshes) {
    std::string name = inherited_tracing_provider(world, mesh.current, scope.policy->ns, in_namespace);
    if (!name.empty()) return name;
  }
  return {};
}

Tracing decided_by_sdk(bool states_sampling, std::vector<std::string>& notes) {
  if (!states_sampling) {
    notes.emplace_back("tracingProvider has no effect while sampling.owner is SDK, since proxies make no spans then");
    return {};
  }
  notes.emplace_back("sampling.owner SDK: proxies pass trace headers on untouched and make no spans of their own");
  return {{{"disableSpanReporting", true}}, std::nullopt};
}

}  // namespace

Tracing tracing_of(const policy::PolicyScope& scope, const World& world, std::vector<Problem>& problems,
                   std::vector<std::string>& notes) {
  const bool states_sampling = states(scope, "sampling");
  if (!states_sampling && !states(scope, "proxy.tracingProvider")) return {};
  const auto& sampling = scope.effective->injection.sampling;
  if (sampling && sampling->owner == policy::SamplingOwner::kSdk) return decided_by_sdk(states_sampling, notes);

  const std::string provider = provider_of(scope, world);
  if (provider.empty()) {
    problems.push_back({About::kResolvedRefs, kReasonProviderNotFound,
                        "sampling.owner is Proxy, but the mesh names no tracing provider: set proxy.tracingProvider to "
                        "one of extensionProviders, or defaultProviders.tracing in the mesh's configuration"});
    return {};
  }
  if (auto problem = unresolved(provider, world)) {
    problems.push_back(*std::move(problem));
    return {};
  }
  Tracing tracing{json::object(), std::nullopt};
  if (policy::find_at(scope.effective->merged, "proxy.tracingProvider") != nullptr) {
    tracing.entry["providers"] = json::array({{{"name", provider}}});
  }
  if (!sampling) return tracing;
  tracing.entry["disableSpanReporting"] = false;
  tracing.entry["randomSamplingPercentage"] = percentage(kAll);
  if (sampling->hundredths != kAll) tracing.gateway_sampling = sampling->hundredths;
  if (has_own_sampler(provider, world)) {
    notes.push_back(
        fmt::format("the tracing provider {} has a sampler of its own, which Istio asks after gateways have "
                    "decided: remove it there for the percentage to hold",
                    provider));
  }
  return tracing;
}

json without_gateways(json entry, int gateway_sampling) {
  entry["randomSamplingPercentage"] = percentage(gateway_sampling);
  return entry;
}

}  // namespace meshtrace::mesh
