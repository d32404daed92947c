#include "cli/policy_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/policy/policy.h"
#include "kube/json.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

// In one answer; bounds memory. A mesh of 500 namespaces has some 1,000.
constexpr std::size_t kMaxPolicies = 50'000;
// Whole lists begun anew because their continue token had expired (410 Gone), which takes minutes of waiting.
constexpr int kMaxRestarts = 2;

Error refusal(const kube::Reply& reply, const std::string& ns) {
  const std::string said = kube::describe_refusal(reply);
  if (reply.status == kube::kNotFound) {
    return {"", "the cluster does not know TracingPolicies (" + said + "); install them: kubectl apply -k crds"};
  }
  if (reply.status == kube::kUnauthorized) {
    return {"", "the API server does not accept these credentials (" + said + ")"};
  }
  const std::string scope = ns.empty() ? "in all namespaces; -n NAMESPACE asks for one" : "in the namespace " + ns;
  return {"", fmt::format("TracingPolicies cannot be listed {} ({})", scope, said)};
}

struct Page {
  std::vector<json> items;
  std::string next;  // the continue token
};

Result<Page> read_page(const kube::Reply& reply) {
  auto list = kube::parse_json("the list of TracingPolicies", reply.body);
  if (!list) return tl::make_unexpected(std::move(list.error()));
  const auto items = list->is_object() ? list->find("items") : list->end();
  if (items == list->end() || !items->is_array()) return fail("", "the API server's answer is no list");
  Page page;
  page.next = kube::metadata_string(*list, "continue");
  for (json& item : *items) {
    if (!item.is_object()) return fail("", "the API server's list holds something else than objects");
    if (const auto metadata = item.find("metadata"); metadata != item.end() && metadata->is_object()) {
      metadata->erase("managedFields");
    }
    // Objects in a list may come without a kind of their own.
    item.emplace("apiVersion", policy::kApiVersion);
    item.emplace("kind", policy::kKind);
    page.items.push_back(std::move(item));
  }
  return page;
}

}  // namespace

Result<std::vector<json>> list_policies(const Cluster& cluster, const std::string& ns) {
  const kube::Resource resource{"meshtrace.io", "v1alpha1", "tracingpolicies", ns};
  std::vector<json> policies;
  kube::ListOptions options;
  int restarts = 0;
  do {
    const auto reply = cluster.send(kube::list_request(resource, options));
    if (!reply) return tl::make_unexpected(reply.error());
    if (reply->status == kube::kGone && !options.continue_token.empty() && restarts++ < kMaxRestarts) {
      policies.clear();
      options.continue_token.clear();
      continue;
    }
    if (!reply->ok()) return tl::make_unexpected(refusal(*reply, ns));
    auto page = read_page(*reply);
    if (!page) return tl::make_unexpected(std::move(page.error()));
    std::move(page->items.begin(), page->items.end(), std::back_inserter(policies));
    if (policies.size() > kMaxPolicies) return fail("", fmt::format("more than {} TracingPolicies", kMaxPolicies));
    options.continue_token = std::move(page->next);
    if (options.continue_token.empty()) break;
  } while (true);
  std::sort(policies.begin(), policies.end(), [](const json& a, const json& b) {
    const auto key = [](const json& policy) {
      return std::pair(kube::metadata_string(policy, "namespace"), kube::metadata_string(policy, "name"));
    };
    return key(a) < key(b);
  });
  return policies;
}

}  // namespace meshtrace::cli
