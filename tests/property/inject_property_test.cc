// Properties of the injection, for random pods and policies.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "core/trace/resource_attributes.h"
#include "tests/support/injected.h"
#include "tests/support/kubelet.h"

namespace meshtrace {
namespace {

using nlohmann::json;

// Names that matter to the injection, and some that do not.
rc::Gen<std::string> variable_name() {
  return rc::gen::elementOf(std::vector<std::string>{"A",
                                                     "B",
                                                     "K8S_POD_NAME",
                                                     "K8S_NODE_NAME",
                                                     "K8S_NAMESPACE",
                                                     "K8S_POD_UID",
                                                     "K8S_POD_IP",
                                                     "K8S_NODE_IP",
                                                     "MESHTRACE_K8S_POD_NAME",
                                                     "MESHTRACE_K8S_NAMESPACE",
                                                     "MESHTRACE_OTEL_RESOURCE_ATTRIBUTES",
                                                     "OTEL_SERVICE_NAME",
                                                     "OTEL_RESOURCE_ATTRIBUTES",
                                                     "OTEL_PROPAGATORS",
                                                     "OTEL_TRACES_SAMPLER",
                                                     "OTEL_TRACES_SAMPLER_ARG",
                                                     "OTEL_BSP_MAX_QUEUE_SIZE",
                                                     "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                                                     "OTEL_EXPORTER_OTLP_ENDPOINT",
                                                     "OTEL_SDK_DISABLED"});
}

rc::Gen<std::string> variable_value() {
  return rc::gen::oneOf(
      rc::gen::elementOf(std::vector<std::string>{"", "x", "100", "4096", "team=pay", "team=pay,,", "service.name=mine",
                                                  "a=b;c", "k8s.pod.name=mine,x=$(B)", "$(A)", "$(K8S_POD_NAME)",
                                                  "$$(A)", "team=a,$(A)", "\xC3\xBC \"quoted\"\n"}),
      rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
}

json source(const std::string& kind) {
  if (kind == "field") return {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.name"}}}};
  if (kind == "namespace") return {{"fieldRef", {{"fieldPath", "metadata.namespace"}}}};
  json reference = {{"name", "c"}, {"key", "k"}};
  if (kind == "optional") reference["optional"] = true;
  return {{"configMapKeyRef", reference}};
}

rc::Gen<json> variable() {
  return rc::gen::exec([] {
    json entry = {{"name", *variable_name()}};
    const auto kind =
        *rc::gen::elementOf(std::vector<std::string>{"value", "value", "field", "namespace", "map", "optional"});
    if (kind == "value") {
      entry["value"] = *variable_value();
    } else {
      entry["valueFrom"] = source(kind);
    }
    return entry;
  });
}

rc::Gen<json> container() {
  return rc::gen::exec([] {
    json result = {{"name", *rc::gen::elementOf(std::vector<std::string>{"app", "istio-proxy", "worker", "init"})},
                   {"image", *rc::gen::elementOf(std::vector<std::string>{"", "shop/app:1", "app@sha256:a"})},
                   {"futureField", {{"kept", true}}}};
    const auto entries = *rc::gen::resize(8, rc::gen::container<std::vector<json>>(variable()));
    const int shape = *rc::gen::inRange(0, 6);
    // Keep the names apart: the API server merges by name, and what two of one name mean is tested elsewhere.
    json env = json::array();
    std::set<std::string> seen;
    for (const json& entry : entries) {
      if (seen.insert(entry["name"]).second) env.push_back(entry);
    }
    if (shape == 0) result["env"] = nullptr;
    if (shape > 1) result["env"] = env;
    if (*rc::gen::inRange(0, 4) == 0) result["envFrom"] = {{{"configMapRef", {{"name", "c"}}}}};
    if (*rc::gen::inRange(0, 3) == 0) {
      result["resources"]["limits"]["memory"] =
          *rc::gen::elementOf(std::vector<std::string>{"16Mi", "1.5G", "128974848000m", "odd"});
    }
    if (*rc::gen::inRange(0, 4) == 0) result["restartPolicy"] = "Always";
    return result;
  });
}

rc::Gen<json> pod() {
  return rc::gen::exec([] {
    json result = {{"metadata", {{"name", "checkout"}}}, {"spec", {{"futureSpec", 1}}}};
    result["spec"]["containers"] =
        *rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<json>>(container())));
    result["spec"]["initContainers"] = *rc::gen::resize(2, rc::gen::container<std::vector<json>>(container()));
    if (*rc::gen::inRange(0, 2) == 0) {
      json& annotations = result["metadata"]["annotations"];
      annotations["resource.opentelemetry.io/team"] = *variable_value();
      annotations["resource.opentelemetry.io/service.name"] = *variable_value();
      annotations["meshtrace.io/keep-env"] = *variable_name() + "," + *variable_name();
    }
    return result;
  });
}

rc::Gen<policy::InjectionSettings> settings() {
  return rc::gen::exec([] {
    policy::InjectionSettings result;
    result.include = *rc::gen::elementOf(std::vector<std::vector<std::string>>{{"*"}, {"app", "init"}, {"w*"}});
    result.pod_identity = *rc::gen::arbitrary<bool>();
    result.propagators = {"tracecontext", "baggage"};
    result.hash = "0123456789abcdef";
    result.service_name.from = *rc::gen::element(policy::ServiceName::From::kAuto, policy::ServiceName::From::kValue);
    result.service_name.value = "from $(policy)";
    for (const auto& key : *rc::gen::container<std::set<std::string>>(rc::gen::elementOf(
             std::vector<std::string>{"team", "region", "service.version", "k8s.pod.name", "service.name"}))) {
      result.resource_attributes.emplace_back(key, *rc::gen::nonEmpty(variable_value()));
    }
    if (*rc::gen::arbitrary<bool>()) {
      result.sampling = policy::Sampling{*rc::gen::element(policy::SamplingOwner::kSdk, policy::SamplingOwner::kProxy),
                                         *rc::gen::inRange(0, 10001)};
    }
    if (*rc::gen::arbitrary<bool>()) {
      result.batch = policy::BatchSpanProcessor{};
      result.batch->queue_from_memory = *rc::gen::arbitrary<bool>();
      result.batch->max_queue_size = *rc::gen::inRange(512, 65537);
    }
    if (*rc::gen::arbitrary<bool>()) result.exporter_endpoint = "http://$(K8S_NODE_IP):4317";
    return result;
  });
}

inject::Options marked() {
  inject::Options options;
  options.mark = inject::Options::Mark::kSet;
  return options;
}

// Every container of the pod with its twin from before the injection.
template <class Check>
void for_each_container(const json& before, const json& after, Check check) {
  for (const char* list : {"initContainers", "containers"}) {
    for (std::size_t i = 0; i < before["spec"][list].size(); ++i) {
      check(before["spec"][list][i], after["spec"][list][i]);
    }
  }
}

json entries(const json& container) {
  return container.contains("env") && container["env"].is_array() ? container["env"] : json::array();
}

const json* find(const json& env, const std::string& name) {
  for (const json& entry : env) {
    if (entry["name"] == name) return &entry;
  }
  return nullptr;
}

RC_GTEST_PROP(Injection, IsIdempotent, ()) {
  const json before = *pod();
  const auto policy = *settings();
  const auto once = test::injected(before, policy, marked());
  RC_ASSERT(test::injected(once.pod, policy, marked()).injection.patch == "");
}

RC_GTEST_PROP(Injection, ChangesNothingOutsideEnvAndTheMark, ()) {
  const json before = *pod();
  json after = test::injected(before, *settings(), marked()).pod;
  after["metadata"]["annotations"].erase("meshtrace.io/injected");
  if (after["metadata"]["annotations"].empty()) after["metadata"].erase("annotations");
  for (const char* list : {"initContainers", "containers"}) {
    for (std::size_t i = 0; i < before["spec"][list].size(); ++i) {
      after["spec"][list][i].erase("env");
      if (before["spec"][list][i].contains("env")) after["spec"][list][i]["env"] = before["spec"][list][i]["env"];
    }
  }
  RC_ASSERT(after == before);
}

RC_GTEST_PROP(Injection, LeavesTheUsersVariablesAndTheirOrder, ()) {
  const json before = *pod();
  const json after = test::injected(before, *settings()).pod;
  for_each_container(before, after, [](const json& own, const json& now) {
    std::size_t at = 0;
    const json env = entries(now);
    for (const json& entry : entries(own)) {
      if (entry["name"] == "OTEL_RESOURCE_ATTRIBUTES") continue;  // completed: the next property
      while (at < env.size() && env[at] != entry) ++at;
      RC_ASSERT(at < env.size());
    }
  });
}

RC_GTEST_PROP(Injection, CompletesResourceAttributesWithoutLosingAKey, ()) {
  const json before = *pod();
  const json after = test::injected(before, *settings()).pod;
  for_each_container(before, after, [](const json& own, const json& now) {
    const json own_env = entries(own);
    const json env = entries(now);
    const json* list = find(env, "OTEL_RESOURCE_ATTRIBUTES");
    const json* own_list = find(own_env, "OTEL_RESOURCE_ATTRIBUTES");
    RC_ASSERT(!own_list || list);
    if (!list || !list->contains("value")) return;
    const std::string text = (*list)["value"];
    const auto parsed = trace::parse_attributes(text);
    if (own_list && own_list->contains("value")) {
      const std::string own_text = (*own_list)["value"];
      const auto own_parsed = trace::parse_attributes(own_text);
      if (own_parsed.problem) RC_ASSERT(text == own_text);
      if (own_parsed.problem ||
          std::set<std::string_view>(own_parsed.keys.begin(), own_parsed.keys.end()).size() != own_parsed.keys.size()) {
        return;
      }
      RC_ASSERT(text.ends_with(trace::without_empty_items(own_text)));
    }
    RC_ASSERT(!parsed.problem);
    RC_ASSERT(!parsed.has_empty_items);
    const std::set<std::string_view> keys(parsed.keys.begin(), parsed.keys.end());
    RC_ASSERT(keys.size() == parsed.keys.size());
  });
}

RC_GTEST_PROP(Injection, DefinesEveryVariableThatItRefersToBeforehand, ()) {
  const json before = *pod();
  const json after = test::injected(before, *settings()).pod;
  for_each_container(before, after, [](const json& own, const json& now) {
    const json own_env = entries(own);
    std::set<std::string> defined;
    for (const json& entry : entries(now)) {
      const json* of_user = find(own_env, entry["name"]);
      // Ours refers to the downward variables and to the renamed list only; the user's text is the user's.
      const std::string value = entry.value("value", "");
      for (const std::string name :
           {"K8S_POD_NAME", "K8S_NODE_NAME", "K8S_NAMESPACE", "K8S_POD_UID", "K8S_NODE_IP", "MESHTRACE_K8S_POD_NAME",
            "MESHTRACE_K8S_NAMESPACE", "MESHTRACE_OTEL_RESOURCE_ATTRIBUTES"}) {
        if (of_user && of_user->value("value", "").find(name) != std::string::npos) continue;
        if (value.find("$(" + name + ")") != std::string::npos && value.find("$$(") == std::string::npos) {
          RC_ASSERT(defined.contains(name));
        }
      }
      defined.insert(entry["name"]);
    }
  });
}

RC_GTEST_PROP(Injection, NamesStandOnceAndTheBatchFitsTheQueue, ()) {
  const json before = *pod();
  const auto policy = *settings();
  const json after = test::injected(before, policy).pod;
  for_each_container(before, after, [&](const json& own, const json& now) {
    std::set<std::string> seen;
    for (const json& entry : entries(now)) RC_ASSERT(seen.insert(entry["name"]).second);
    const json own_env = entries(own);
    const bool ours = !find(own_env, "OTEL_BSP_MAX_QUEUE_SIZE") || !find(own_env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
    const json env = entries(now);
    const json* queue = find(env, "OTEL_BSP_MAX_QUEUE_SIZE");
    const json* batch = find(env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
    if (ours && queue && batch) {
      RC_ASSERT(std::stol((*batch)["value"].get<std::string>()) <= std::stol((*queue)["value"].get<std::string>()));
    }
  });
}

}  // namespace
}  // namespace meshtrace
