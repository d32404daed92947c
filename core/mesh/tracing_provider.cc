#include "core/mesh/tracing_provider.h"

#include <array>
#include <utility>

#include "core/base/letter_case.h"
#include "core/mesh/mesh_text.h"
#include "core/policy/json_path.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

// Members of an extensionProviders entry that trace and name a Service.
constexpr std::array<const char*, 4> kTracers{"opentelemetry", "zipkin", "datadog", "skywalking"};

}  // namespace

const json* find_provider(const json& mesh, std::string_view name) {
  const auto list = mesh.find("extensionProviders");
  if (list == mesh.end() || !list->is_array()) return nullptr;
  for (const json& provider : *list) {
    if (!provider.is_object()) continue;
    const auto its_name = provider.find("name");
    if (its_name != provider.end() && its_name->is_string() &&
        equal_without_case(its_name->get_ref<const std::string&>(), name)) {
      return &provider;
    }
  }
  return nullptr;
}

std::optional<std::string> service_of(const json& provider) {
  for (const char* tracer : kTracers) {
    const auto config = provider.find(tracer);
    if (config == provider.end() || !config->is_object()) continue;
    const auto service = config->find("service");
    if (service == config->end() || !service->is_string()) return std::nullopt;
    std::string host = service->get<std::string>();
    // "[namespace/]hostname": the part in front is where the host is visible, not where it is.
    if (const std::size_t slash = host.find('/'); slash != std::string::npos) host.erase(0, slash + 1);
    const std::size_t dot = host.find('.');
    const std::size_t end = host.find(".svc", dot == std::string::npos ? 0 : dot);
    if (dot == std::string::npos || dot == 0 || end == std::string::npos || end <= dot + 1) return std::nullopt;
    std::string ns = host.substr(dot + 1, end - dot - 1);
    if (ns.find('.') != std::string::npos) return std::nullopt;
    return ns + "/" + host.substr(0, dot);
  }
  return std::nullopt;
}

std::set<std::string> services_to_look_up(const policy::Index& policies, const Facts& facts) {
  std::set<std::string> names;
  for (const policy::TracingPolicy& policy : policies.policies()) {
    if (const json* name = policy::find_at(policy.spec, "proxy.tracingProvider"))
      names.insert(name->get<std::string>());
  }
  std::set<std::string> services;
  for (const MeshConfigMap& config_map : facts.config_maps) {
    const auto mesh = read_mesh_text(config_map.name, config_map.text.value_or(""));
    if (!mesh) continue;
    for (const std::string& name : names) {
      const json* provider = find_provider(*mesh, name);
      if (auto service = provider == nullptr ? std::nullopt : service_of(*provider))
        services.insert(*std::move(service));
    }
  }
  return services;
}

}  // namespace meshtrace::mesh
