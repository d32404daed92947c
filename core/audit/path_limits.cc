#include "core/audit/path_limits.h"

#include <algorithm>

#include "core/audit/envoy_filters.h"
#include "core/audit/path_routes.h"
#include "core/audit/paths.h"
#include "core/base/json.h"
#include "core/mesh/document.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// A merge takes 0 for absent.
std::optional<int> number(const json* value) {
  if (value == nullptr || !value->is_number_integer() || value->get<int>() <= 0) return std::nullopt;
  return value->get<int>();
}

StatedLimits stated_by(const FilterPatch& patch) {
  if (!merges_connection_manager(patch)) return {};
  const json& config = object_member(*patch.value, {"typed_config"});
  const json* options = proto_member(config, "common_http_protocol_options");
  const std::string at = patch.field + ".patch.value.typed_config.";
  const auto name = [](const json& object, const char* snake_case, const char* camel_case) {
    return std::string(object.contains(snake_case) ? snake_case : camel_case);
  };
  StatedLimits stated;
  stated.kb = number(proto_member(config, "max_request_headers_kb"));
  if (stated.kb) stated.kb_field = at + name(config, "max_request_headers_kb", "maxRequestHeadersKb");
  if (options == nullptr) return stated;
  stated.count = number(proto_member(*options, "max_headers_count"));
  if (stated.count) {
    stated.count_field = at + name(config, "common_http_protocol_options", "commonHttpProtocolOptions") + "." +
                         name(*options, "max_headers_count", "maxHeadersCount");
  }
  return stated;
}

StatedLimits stated_by_policy(const Object& policy) {
  const json& headers = object_member(policy.spec(), {"proxy", "headers"});
  return {.kb = number(find_member(headers, {"maxRequestHeadersKb"})),
          .kb_field = "spec.proxy.headers.maxRequestHeadersKb",
          .count = number(find_member(headers, {"maxRequestHeadersCount"})),
          .count_field = "spec.proxy.headers.maxRequestHeadersCount"};
}

void apply(const StatedLimits& stated, const Object* from, HeaderLimits& limits) {
  if (stated.kb) {
    limits.max_request_headers_kb = *stated.kb;
    limits.kb_from = from;
  }
  if (stated.count) {
    limits.max_headers_count = *stated.count;
    limits.count_from = from;
  }
}

// What a person edits: for our own filter the policy that it was written for.
const Object* author_of(const Snapshot& snapshot, const Object& filter) {
  if (!mesh::is_ours(filter.value)) return &filter;
  const std::string policy = filter.annotation(mesh::kPolicyAnnotation);
  const auto slash = std::min(policy.find('/'), policy.size());
  const Object* author = snapshot.find(Kind::kTracingPolicy, policy.substr(0, slash),
                                       slash < policy.size() ? policy.substr(slash + 1) : "");
  return author == nullptr ? &filter : author;
}

bool is_enforced(const Object& policy) { return string_member(policy.spec(), {"mode"}) != "Audit"; }

// The mesh's policy, then the namespace's, then that of the proxy's labels; of equals the oldest holds and so comes
// last.
std::vector<const Object*> policies_of(const Snapshot& snapshot, const std::vector<const Object*>& limiting,
                                       const Proxy& proxy) {
  const auto level = [&](const Object& policy) {
    if (policy.ref.ns == snapshot.root_namespace()) return 0;
    return object_member(policy.spec(), {"selector", "matchLabels"}).empty() ? 1 : 2;
  };
  std::vector<const Object*> policies;
  for (const Object* policy : limiting) {
    if (policy->kind != Kind::kTracingPolicy || !is_enforced(*policy)) continue;
    const bool selects = has_labels(proxy, object_member(policy->spec(), {"selector", "matchLabels"}));
    const bool holds = level(*policy) == 0 || (policy->ref.ns == proxy.ns && selects);
    if (holds) policies.push_back(policy);
  }
  std::stable_sort(policies.begin(), policies.end(), [&](const Object* one, const Object* other) {
    return level(*one) != level(*other) ? level(*one) < level(*other) : is_older(*other, *one);
  });
  return policies;
}

}  // namespace

StatedLimits limits_stated_by(const Object& object) {
  if (object.kind == Kind::kTracingPolicy) return stated_by_policy(object);
  StatedLimits all;
  for (const FilterPatch& patch : patches_of(object)) {
    const StatedLimits stated = stated_by(patch);
    if (stated.kb && !all.kb) all = {stated.kb, stated.kb_field, all.count, all.count_field};
    if (stated.count && !all.count) all = {all.kb, all.kb_field, stated.count, stated.count_field};
  }
  return all;
}

std::vector<const Object*> find_limiting(const Snapshot& snapshot) {
  std::vector<const Object*> limiting;
  bool has_ours = false;
  const auto add = [&](const Object& object) {
    const StatedLimits stated = limits_stated_by(object);
    if (stated.kb || stated.count) limiting.push_back(&object);
  };
  for (const ObjectPointer& filter : snapshot.all(Kind::kEnvoyFilter)) {
    has_ours = has_ours || mesh::is_ours(filter->value);
    add(*filter);
  }
  // Where the controller has written filters, they say what holds; a policy that is not in force yet does not.
  if (has_ours) return limiting;
  for (const ObjectPointer& policy : snapshot.all(Kind::kTracingPolicy)) add(*policy);
  return limiting;
}

HeaderLimits find_limits(const Snapshot& snapshot, const std::vector<const Object*>& limiting, const PathNode& node,
                         PatchContext context) {
  HeaderLimits limits;
  const Proxy proxy = proxy_of(snapshot, node);
  if (proxy.ns.empty()) return limits;
  for (const Object* policy : policies_of(snapshot, limiting, proxy)) apply(stated_by_policy(*policy), policy, limits);
  for (const Object* filter : in_order(snapshot, limiting, proxy)) {
    for (const FilterPatch& patch : patches_of(*filter)) {
      if (holds_in(patch, context)) apply(stated_by(patch), author_of(snapshot, *filter), limits);
    }
  }
  return limits;
}

}  // namespace meshtrace::audit
