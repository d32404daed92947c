#include "core/inject/pod.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace meshtrace::inject {
namespace {

namespace dom = simdjson::dom;

// A member of type T, nullopt where it is absent or null.
template <class T>
Result<std::optional<T>> optional_member(dom::object object, std::string_view key, const std::string& where,
                                         std::string_view type) {
  dom::element member;
  if (object[key].get(member) != simdjson::SUCCESS || member.is_null()) return std::nullopt;
  T value;
  if (member.get(value) != simdjson::SUCCESS) {
    return fail(fmt::format("{}{}{}", where, where.empty() ? "" : ".", key), fmt::format("must be {}", type));
  }
  return value;
}

Result<StringMap> read_string_map(dom::object object, std::string_view key) {
  const auto member = optional_object(object, key, "metadata");
  if (!member) return tl::make_unexpected(member.error());
  StringMap map;
  if (!*member) return map;
  for (const auto [name, element] : **member) {
    std::string_view value;
    if (element.get(value) != simdjson::SUCCESS && !element.is_null()) {
      return fail(fmt::format("metadata.{}[{}]", key, name), "must be a string");
    }
    map.emplace_back(name, value);
  }
  return map;
}

bool ends_in_digits(std::string_view text, std::size_t at_least) {
  const std::size_t last_other = text.find_last_not_of("0123456789");
  return text.size() - (last_other == std::string_view::npos ? 0 : last_other + 1) >= at_least;
}

// A ReplicaSet of a Deployment is NAME-HASH and its pods carry the hash as a label.
std::string_view deployment_of(std::string_view replicaset, std::string_view hash) {
  if (hash.empty() || replicaset.size() < hash.size() + 2 || !replicaset.ends_with(hash)) return {};
  const std::size_t dash = replicaset.size() - hash.size() - 1;
  return replicaset[dash] == '-' ? replicaset.substr(0, dash) : std::string_view();
}

// A Job of a CronJob is NAME-MINUTES, minutes since 1970 (eight digits until the year 2160).
std::string_view cronjob_of(std::string_view job) {
  const std::size_t dash = job.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const std::string_view digits = job.substr(dash + 1);
  return digits.size() >= 8 && ends_in_digits(digits, digits.size()) ? job.substr(0, dash) : std::string_view();
}

bool is_kubernetes_group(std::string_view api_version) {
  return api_version.starts_with("apps/") || api_version.starts_with("batch/") || api_version == "v1";
}

// The controller among metadata.ownerReferences; a foreign kind that shares a name (a Job of another group) is none.
Result<Owner> controller_of(dom::object metadata) {
  const auto references = optional_array(metadata, "ownerReferences", "metadata");
  if (!references) return tl::make_unexpected(references.error());
  if (!*references) return Owner{};
  for (const dom::element reference : **references) {
    bool is_controller = false;
    std::string_view api_version;
    Owner owner;
    if (reference["controller"].get(is_controller) == simdjson::SUCCESS && is_controller &&
        reference["apiVersion"].get(api_version) == simdjson::SUCCESS && is_kubernetes_group(api_version) &&
        reference["kind"].get(owner.kind) == simdjson::SUCCESS &&
        reference["name"].get(owner.name) == simdjson::SUCCESS) {
      return owner;
    }
  }
  return Owner{};
}

std::string_view memory_limit_of(dom::object container) {
  dom::element limit;
  if (container.at_pointer("/resources/limits/memory").get(limit) != simdjson::SUCCESS) return {};
  return limit.is_string() ? limit.get_string().value_unsafe() : std::string_view();
}

Result<Container> read_container(dom::element element, std::string path, const std::string& where, bool is_init) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(where, "must be an object");
  const auto name = optional_string(object, "name", where);
  const auto image = optional_string(object, "image", where);
  const auto restart_policy = optional_string(object, "restartPolicy", where);
  const auto env_from = optional_array(object, "envFrom", where);
  if (!name) return tl::make_unexpected(name.error());
  if (!image) return tl::make_unexpected(image.error());
  if (!restart_policy) return tl::make_unexpected(restart_policy.error());
  if (!env_from) return tl::make_unexpected(env_from.error());
  Container container;
  container.path = std::move(path);
  container.name = name->value_or("");
  container.image = image->value_or("");
  container.memory_limit = memory_limit_of(object);
  container.is_init = is_init;
  container.restarts_always = is_init && *restart_policy == "Always";
  container.has_env_from = *env_from && (*env_from)->begin() != (*env_from)->end();
  container.json = element;
  return container;
}

Result<void> read_containers(dom::object spec, std::string_view key, std::vector<Container>& containers) {
  const auto list = optional_array(spec, key, "spec");
  if (!list) return tl::make_unexpected(list.error());
  if (!*list) return {};
  std::size_t index = 0;
  for (const dom::element element : **list) {
    auto container = read_container(element, fmt::format("/spec/{}/{}", key, index),
                                    fmt::format("spec.{}[{}]", key, index), key == "initContainers");
    if (!container) return tl::make_unexpected(container.error());
    containers.push_back(std::move(*container));
    ++index;
  }
  return {};
}

Result<void> read_metadata(dom::object object, Pod& pod, const Owner& owner) {
  const auto metadata = optional_object(object, "metadata", "");
  if (!metadata) return tl::make_unexpected(metadata.error());
  Owner controller = owner;
  if (*metadata) {
    const auto name = optional_string(**metadata, "name", "metadata");
    auto labels = read_string_map(**metadata, "labels");
    auto annotations = read_string_map(**metadata, "annotations");
    const auto found = controller_of(**metadata);
    if (!name) return tl::make_unexpected(name.error());
    if (!labels) return tl::make_unexpected(labels.error());
    if (!annotations) return tl::make_unexpected(annotations.error());
    if (!found) return tl::make_unexpected(found.error());
    pod.has_metadata = true;
    pod.has_annotations = (**metadata)["annotations"].is_object();
    pod.name = name->value_or("");
    pod.labels = std::move(*labels);
    pod.annotations = std::move(*annotations);
    if (controller.kind.empty()) controller = *found;
  }
  pod.workload = workload_of(controller, find(pod.labels, "pod-template-hash"));
  return {};
}

}  // namespace

Workload workload_of(const Owner& owner, std::string_view pod_template_hash) {
  Workload workload;
  const std::array<std::pair<std::string_view, std::string_view*>, 7> kinds{{
      {"Deployment", &workload.deployment},
      {"ReplicaSet", &workload.replicaset},
      {"StatefulSet", &workload.statefulset},
      {"DaemonSet", &workload.daemonset},
      {"Job", &workload.job},
      {"CronJob", &workload.cronjob},
      {"ReplicationController", &workload.replication_controller},
  }};
  for (const auto& [kind, field] : kinds) {
    if (kind == owner.kind) *field = owner.name;
  }
  if (workload.deployment.empty()) workload.deployment = deployment_of(workload.replicaset, pod_template_hash);
  if (workload.cronjob.empty()) workload.cronjob = cronjob_of(workload.job);
  return workload;
}

std::string_view find(const StringMap& map, std::string_view key) {
  const auto found = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == key; });
  return found == map.end() ? std::string_view() : found->second;
}

Result<std::optional<std::string_view>> optional_string(dom::object object, std::string_view key,
                                                        const std::string& where) {
  return optional_member<std::string_view>(object, key, where, "a string");
}

Result<std::optional<dom::array>> optional_array(dom::object object, std::string_view key, const std::string& where) {
  return optional_member<dom::array>(object, key, where, "a list");
}

Result<std::optional<dom::object>> optional_object(dom::object object, std::string_view key, const std::string& where) {
  return optional_member<dom::object>(object, key, where, "an object");
}

Result<Pod> read_pod(dom::element element, const Owner& owner) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return fail("", "a pod must be an object");
  Pod pod;
  if (const auto read = read_metadata(object, pod, owner); !read) return tl::make_unexpected(read.error());
  const auto spec = optional_object(object, "spec", "");
  if (!spec) return tl::make_unexpected(spec.error());
  if (!*spec) return pod;
  for (const std::string_view key : {"initContainers", "containers"}) {
    if (const auto read = read_containers(**spec, key, pod.containers); !read) {
      return tl::make_unexpected(read.error());
    }
  }
  return pod;
}

}  // namespace meshtrace::inject
