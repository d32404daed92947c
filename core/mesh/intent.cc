#include "core/mesh/intent.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "core/mesh/scope.h"

namespace meshtrace::mesh {
namespace {

using policy::Level;
using policy::PolicyScope;
using About = Problem::About;

void read_logging(const World& world, Intent& intent) {
  if (!states(intent.scope, "proxy.accessLog")) return;
  if (world.facts.missing_kinds.contains("ConfigMap")) {
    intent.problems.push_back({About::kProgrammed, kReasonMeshConfigNotFound,
                               fmt::format("the ConfigMaps of namespace {} may not be read: give the controller its "
                                           "rights there (kubectl apply -k manifests/mesh)",
                                           world.facts.root_namespace)});
    return;
  }
  if (world.meshes.empty()) {
    intent.problems.push_back({About::kProgrammed, kReasonMeshConfigNotFound,
                               fmt::format("no ConfigMap istio or istio-<revision> with the mesh's configuration is in "
                                           "namespace {}: is it the mesh's root namespace (--root-namespace)?",
                                           world.facts.root_namespace)});
    return;
  }
  for (const MeshView& mesh : world.meshes) {
    if (mesh.error) {
      intent.problems.push_back(
          {About::kProgrammed, kReasonInvalidMeshConfig,
           fmt::format("the mesh's configuration cannot be edited and stays as it is: {}", mesh.error->message())});
      continue;
    }
    std::vector<EntryEdit> entries = logging_entries(intent.scope, mesh, world, intent.problems);
    if (entries.empty()) return;
    if (intent.scope.level == Level::kMesh) {
      for (Problem& problem : overridden_logging(mesh, world)) intent.problems.push_back(std::move(problem));
    }
    intent.entries[mesh.config_map->name] = std::move(entries);
  }
  intent.logs = intent.scope.level != Level::kMesh && !intent.entries.empty();
}

void say_ambient(const Facts& facts, Intent& intent) {
  if (facts.ambient_namespaces.empty() || intent.scope.policy->spec.value("proxy", nlohmann::json()).is_null()) return;
  if (intent.scope.level == Level::kMesh) {
    intent.notes.push_back(fmt::format("{} namespaces run in ambient mode, {} among them: ztunnel reads none of this",
                                       facts.ambient_namespaces.size(), *facts.ambient_namespaces.begin()));
  } else if (facts.ambient_namespaces.contains(intent.policy.first)) {
    intent.notes.emplace_back("the namespace runs in ambient mode: ztunnel reads none of this");
  }
}

Intent make_intent(const PolicyScope& scope, const std::vector<PolicyScope>& scopes, const World& world) {
  Intent intent;
  intent.scope = scope;
  intent.policy = key_of(*scope.policy);
  read_logging(world, intent);
  intent.tracing = tracing_of(scope, world, intent.problems, intent.notes);
  intent.settings = header_settings(scope, wider_than(scope, scopes), world.facts, intent.problems);
  intent.settings.gateway_sampling = intent.tracing.gateway_sampling;
  say_ambient(world.facts, intent);
  return intent;
}

// Whose provider gets in first: one that stands in the text, then the oldest policy's.
auto claim(const Intent& intent, const MeshView& mesh) {
  const EntryEdit* provider = intent.provider(mesh.config_map->name);
  const policy::TracingPolicy& policy = *intent.scope.policy;
  return std::tuple(provider == nullptr || find_entry(mesh.current, provider->entry) == nullptr,
                    policy.creation_timestamp.empty(), policy.creation_timestamp, policy.ns, policy.name);
}

void cap_providers(const MeshView& mesh, std::vector<Intent>& intents) {
  std::vector<Intent*> claimants;
  for (Intent& intent : intents) {
    if (intent.provider(mesh.config_map->name) != nullptr) claimants.push_back(&intent);
  }
  std::stable_sort(claimants.begin(), claimants.end(),
                   [&](const Intent* a, const Intent* b) { return claim(*a, mesh) < claim(*b, mesh); });
  std::set<std::string> names;
  std::size_t bytes = 0;
  for (Intent* intent : claimants) {
    const EntryEdit& provider = *intent->provider(mesh.config_map->name);
    const std::size_t size = provider.value.dump().size();
    if (names.contains(provider.entry.provider)) continue;  // shared by content
    if (names.size() < kMaxProviders && bytes + size <= kMaxProviderBytes) {
      names.insert(provider.entry.provider);
      bytes += size;
      continue;
    }
    intent->drop_logging();
    intent->problems.push_back(
        {About::kProgrammed, kReasonTooManyProviders,
         fmt::format(
             "the access log stays as it is: {} would hold more than {} formats of narrower scopes, or more than "
             "{} bytes of them. Use a format that another policy has, or set it in the mesh's policy",
             mesh.name, kMaxProviders, kMaxProviderBytes)});
  }
}

}  // namespace

const EntryEdit* Intent::provider(const std::string& config_map) const {
  const auto found = entries.find(config_map);
  if (found == entries.end() || found->second.empty()) return nullptr;
  const EntryEdit& first = found->second.front();
  return first.entry.provider.empty() ? nullptr : &first;
}

void Intent::drop_logging() {
  entries.clear();
  logs = false;
}

std::vector<Intent> make_intents(const std::vector<PolicyScope>& scopes, const World& world) {
  std::vector<Intent> intents;
  std::map<std::string, int> ranks;
  for (const PolicyScope& scope : scopes) {
    if (shadowed_by(scope, scopes) != nullptr) continue;
    intents.push_back(make_intent(scope, scopes, world));
    if (scope.level == Level::kWorkload) intents.back().rank = ranks[scope.policy->ns]++;
  }
  for (const MeshView& mesh : world.meshes) cap_providers(mesh, intents);
  return intents;
}

}  // namespace meshtrace::mesh
