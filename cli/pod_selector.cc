#include "cli/pod_selector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "cli/workload.h"
#include "core/base/json.h"
#include "core/policy/labels.h"
#include "kube/json.h"
#include "kube/object_request.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

struct Target {
  const WorkloadKind* kind = nullptr;
  std::string name;
};

Result<Target> parse_target(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string kind = slash == std::string::npos ? "pod" : text.substr(0, slash);
  Target target{workload_kind_of_name(kind), text.substr(slash == std::string::npos ? 0 : slash + 1)};
  if (target.kind == nullptr) return fail(text, "is neither a pod's name nor KIND/NAME, as in deployment/NAME");
  if (target.kind->kind == "CronJob") return fail(text, "name one of its Jobs instead, as job/NAME");
  // It becomes part of a path.
  if (!policy::is_dns_subdomain(target.name)) return fail(text, "\"" + target.name + "\" is no name of an object");
  return target;
}

Result<json> ask(const Cluster& cluster, const kube::Request& request, const std::string& what) {
  const auto reply = cluster.send(request);
  if (!reply) return tl::make_unexpected(reply.error());
  if (!reply->ok()) return fail(what, kube::describe_refusal(*reply));
  return kube::parse_json(what, reply->body);
}

// An expression of a selector as kubectl's -l has it; empty for an operator that does not exist.
std::string expression_text(const json& expression) {
  const std::string key = string_member(expression, {"key"});
  const std::string operation = string_member(expression, {"operator"});
  std::vector<std::string> values;
  for (const json& value : array_member(expression, {"values"})) {
    if (value.is_string()) values.push_back(value.get<std::string>());
  }
  if (operation == "Exists") return key;
  if (operation == "DoesNotExist") return "!" + key;
  if (operation == "In") return fmt::format("{} in ({})", key, fmt::join(values, ","));
  if (operation == "NotIn") return fmt::format("{} notin ({})", key, fmt::join(values, ","));
  return "";
}

// A ReplicationController's selector is the labels themselves. Empty: it has none, or not one that can be asked for.
std::string selector_of(const json& workload) {
  const json& selector = object_member(workload, {"spec", "selector"});
  const bool is_structured = selector.contains("matchLabels") || selector.contains("matchExpressions");
  std::vector<std::string> terms;
  for (const auto& [key, value] : (is_structured ? object_member(selector, {"matchLabels"}) : selector).items()) {
    if (value.is_string()) terms.push_back(key + "=" + value.get<std::string>());
  }
  for (const json& expression : array_member(selector, {"matchExpressions"})) {
    terms.push_back(expression_text(expression));
    if (terms.back().empty()) return "";
  }
  return fmt::format("{}", fmt::join(terms, ","));
}

Result<std::string> selector_of(const Cluster& cluster, const Target& target, const std::string& title) {
  // Of the names that kubectl takes, the second is the plural.
  const kube::Resource resource{std::string(target.kind->group), "v1", std::string(target.kind->aliases.at(1)),
                                cluster.ns};
  const auto workload = ask(cluster, kube::get_request(resource, target.name), title);
  if (!workload) return tl::make_unexpected(workload.error());
  std::string selector = selector_of(*workload);
  if (selector.empty()) return fail(title, "has no selector, so its pods are not known");
  return selector;
}

void add(const std::string& name, PodNames& pods) {
  if (std::find(pods.names.begin(), pods.names.end(), name) == pods.names.end()) pods.names.push_back(name);
}

Result<void> add_selected(const Cluster& cluster, const std::string& selector, int limit, PodNames& pods) {
  kube::ListOptions options;
  options.limit = limit;
  options.selection.label_selector = selector;
  options.selection.metadata_only = true;
  const auto list = ask(cluster, kube::list_request({"", "v1", "pods", cluster.ns}, options), "pods");
  if (!list) return tl::make_unexpected(list.error());
  const json& items = array_member(*list, {"items"});
  if (items.empty()) return fail("", fmt::format("no pod with {} in the namespace {}", selector, cluster.ns));
  for (const json& item : items) {
    const std::string name = kube::metadata_string(item, "name");
    if (policy::is_dns_subdomain(name)) add(name, pods);
  }
  pods.is_cut = pods.is_cut || !kube::metadata_string(*list, "continue").empty();
  return {};
}

}  // namespace

Result<PodNames> find_pods(const Cluster& cluster, const std::vector<std::string>& targets, const std::string& selector,
                           int limit) {
  PodNames pods;
  std::vector<std::string> selectors;
  if (!selector.empty()) selectors.push_back(selector);
  for (const std::string& text : targets) {
    const auto target = parse_target(text);
    if (!target) return tl::make_unexpected(target.error());
    if (target->kind->kind == "Pod") {
      add(target->name, pods);
      continue;
    }
    auto found = selector_of(cluster, *target, text);
    if (!found) return tl::make_unexpected(std::move(found.error()));
    selectors.push_back(*std::move(found));
  }
  for (const std::string& each : selectors) {
    if (auto added = add_selected(cluster, each, limit, pods); !added) {
      return tl::make_unexpected(std::move(added.error()));
    }
  }
  return pods;
}

}  // namespace meshtrace::cli
