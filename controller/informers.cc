#include "controller/informers.h"

#include <utility>

#include "core/mesh/plan.h"
#include "kube/reflector.h"
#include "net/client/informer.h"
#include "net/process/log.h"

namespace meshtrace::controller {
namespace {

kube::ReflectorOptions reflector_options(Kind kind, const std::string& root_namespace) {
  kube::ReflectorOptions options;
  options.resource = resource_of(kind);
  if (kind == Kind::kConfigMap) options.resource.ns = root_namespace;
  if (kind == Kind::kEnvoyFilter) {
    options.selection.label_selector = std::string(mesh::kManagedByLabel) + "=" + mesh::kManagedByValue;
  }
  // Who changed what we wrote stands in managedFields.
  if (kind != Kind::kTracingPolicy) options.trim = [](nlohmann::json&) {};
  return options;
}

void follow(const std::stop_token& stop, net::ApiClient& client, Kind kind, const std::string& root_namespace,
            Cache& cache, Metrics& metrics, const Tell& tell) {
  const std::string name = resource_of(kind).name();
  kube::Reflector reflector(reflector_options(kind, root_namespace), net::system_random());
  std::string last_problem;
  net::InformerHandlers handlers;
  handlers.on_change = [&](const kube::Change& change) {
    cache.apply(kind, change);
    if (tell) tell(kind, change);
  };
  handlers.on_problem = [&](const kube::Reflector::Problem& problem) {
    metrics.count_error(name);
    // A resource that is away is asked for every ten seconds: said once.
    if (std::exchange(last_problem, problem.message) != problem.message) {
      log::warn("cannot be read, what is known of it stays in force",
                {{"resource", name}, {"problem", problem.message}});
    }
    cache.report_problem(kind, problem.status, problem.message);
  };
  handlers.on_current = [&] {
    cache.clear_problem(kind);
    if (!std::exchange(last_problem, "").empty()) log::info("is read again", {{"resource", name}});
  };
  net::run_informer(stop, client, reflector, handlers);
}

}  // namespace

std::vector<std::jthread> start_informers(net::ApiClient& client, const std::string& root_namespace, Cache& cache,
                                          Metrics& metrics, const Tell& tell) {
  std::vector<std::jthread> threads;
  for (const Kind kind : kKinds) {
    threads.emplace_back([&client, kind, root_namespace, &cache, &metrics, tell](const std::stop_token& stop) {
      follow(stop, client, kind, root_namespace, cache, metrics, tell);
    });
  }
  return threads;
}

}  // namespace meshtrace::controller
