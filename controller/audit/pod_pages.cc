#include "controller/audit/pod_pages.h"

#include <string>
#include <utility>

#include "core/base/json.h"
#include "kube/json.h"
#include "kube/reflector.h"

namespace meshtrace::auditing {
namespace {

using nlohmann::json;

std::vector<audit::ObjectPointer> pods_of(json& list) {
  std::vector<audit::ObjectPointer> pods;
  const auto items = list.find("items");
  if (items == list.end() || !items->is_array()) return pods;
  for (json& item : *items) {
    if (!item.is_object()) continue;
    kube::drop_managed_fields(item);
    item["apiVersion"] = "v1";  // items of a list do not say it
    item["kind"] = "Pod";
    pods.push_back(audit::make_object(std::move(item), {}, ""));
  }
  return pods;
}

}  // namespace

Result<void> read_pods(const Send& send, const std::function<bool(std::vector<audit::ObjectPointer>)>& take) {
  kube::ListOptions options;
  options.limit = kPodsInPage;
  options.selection.field_selector = "status.phase!=Succeeded,status.phase!=Failed";
  do {
    auto reply = send(kube::list_request({"", "v1", "pods", ""}, options));
    if (!reply) return tl::make_unexpected(reply.error());
    if (!reply->ok()) return fail("pods", kube::describe_refusal(*reply));
    auto list = kube::parse_json("pods", reply->body);
    if (!list) return tl::make_unexpected(list.error());
    reply->body = {};  // read: not beside what was made of it
    options.continue_token = kube::metadata_string(*list, "continue");
    if (!take(pods_of(*list))) return {};
  } while (!options.continue_token.empty());
  return {};
}

}  // namespace meshtrace::auditing
