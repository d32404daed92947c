#include "controller/audit/served_kinds.h"

#include <utility>

#include "core/audit/open_reports.h"
#include "core/base/json.h"
#include "kube/json.h"

namespace meshtrace::auditing {
namespace {

using nlohmann::json;

std::string group_version(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

Result<json> get(const Send& send, const std::string& path) {
  kube::Request request;
  request.path = path;
  const auto reply = send(request);
  if (!reply) return tl::make_unexpected(reply.error());
  if (!reply->ok()) return fail(path, kube::describe_refusal(*reply));
  return kube::parse_json(path, reply->body);
}

// Asks for each group and version at most once.
class Discovery {
 public:
  Discovery(const Send& send, std::set<std::string> known) : send_(send), known_(std::move(known)) {}

  Result<bool> serves(std::string_view group, std::string_view version, std::string_view plural) {
    const std::string name = group_version(group, version);
    if (!group.empty() && !known_.contains(name)) return false;
    const auto found = resources_.find(name);
    if (found != resources_.end()) return found->second.contains(std::string(plural));
    const auto list = get(send_, (group.empty() ? "/api/" : "/apis/") + name);
    if (!list) return tl::make_unexpected(list.error());
    return resources_.emplace(name, resource_names(*list)).first->second.contains(std::string(plural));
  }

 private:
  const Send& send_;
  std::set<std::string> known_;
  std::map<std::string, std::set<std::string>> resources_;  // by group and version
};

}  // namespace

std::set<std::string> group_versions(const json& api_groups) {
  std::set<std::string> all;
  for (const json& group : array_member(api_groups, {"groups"})) {
    for (const json& version : array_member(group, {"versions"})) all.insert(string_member(version, {"groupVersion"}));
  }
  return all;
}

std::set<std::string> resource_names(const json& api_resources) {
  std::set<std::string> all;
  for (const json& resource : array_member(api_resources, {"resources"})) all.insert(string_member(resource, {"name"}));
  return all;
}

Result<Served> ask_served(const Send& send, const audit::Kinds& kinds) {
  const auto groups = get(send, "/apis");
  if (!groups) return tl::make_unexpected(groups.error());
  Discovery discovery(send, group_versions(*groups));
  Served served;
  for (const audit::KindName& name : audit::kind_names()) {
    if (!kinds.has(name.kind)) continue;
    for (const std::string_view version : name.versions) {
      if (version.empty()) break;
      const auto serves = discovery.serves(name.group, version, name.plural);
      if (!serves) return tl::make_unexpected(serves.error());
      if (!*serves) continue;
      served.kinds.emplace(name.kind, version);
      break;
    }
  }
  served.reports = true;
  for (const char* plural : {"reports", "clusterreports"}) {
    const auto serves = discovery.serves(audit::kReportsGroup, audit::kReportsVersion, plural);
    if (!serves) return tl::make_unexpected(serves.error());
    served.reports = served.reports && *serves;
  }
  return served;
}

}  // namespace meshtrace::auditing
