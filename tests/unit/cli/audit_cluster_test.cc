// kubectl meshtrace audit with an API server made of a function.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "cli/commands.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

json deployment(const std::string& name, json container) {
  container["name"] = "app";
  return {{"metadata", {{"namespace", "shop"}, {"name", name}}},
          {"spec", {{"template", {{"spec", {{"containers", json::array({container})}}}}}}}};
}

// Lists and objects by path; everything else is an empty list. Called from several threads.
class ClusterAudit : public testing::Test {
 protected:
  Outcome audit(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "audit");
    Environment environment;
    environment.now = [] { return kube::WallTime(); };
    environment.progress = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      progress_ = line;
      told_.notify_all();
    };
    environment.connect = [this](const ClusterOptions& options) -> Result<Cluster> {
      return Cluster{options.ns.empty() ? "shop" : options.ns,
                     [this](const kube::Request& request) { return answer(request); }};
    };
    return run(arguments, environment);
  }

  Result<kube::Reply> answer(const kube::Request& request) {
    std::unique_lock lock(mutex_);
    asked_.insert(request.path);
    if (request.path == waits_at_) told_.wait(lock, [this] { return !progress_.empty(); });
    if (const auto status = refused_.find(request.path); status != refused_.end()) {
      return kube::Reply{status->second, R"({"kind": "Status", "reason": "Forbidden", "message": "no"})", {}};
    }
    if (request.path == "/apis") return kube::Reply{404, "", {}};
    if (const auto found = objects_.find(request.path); found != objects_.end()) {
      return kube::Reply{200, found->second.dump(), {}};
    }
    const auto list = lists_.find(request.path);
    const json items = list == lists_.end() ? json::array() : list->second;
    return kube::Reply{200, json{{"metadata", json::object()}, {"items", items}}.dump(), {}};
  }

  std::mutex mutex_;
  std::condition_variable told_;
  std::string progress_;
  std::string waits_at_;
  std::set<std::string> asked_;
  std::map<std::string, int> refused_;
  std::map<std::string, json> lists_;
  std::map<std::string, json> objects_;
};

TEST_F(ClusterAudit, GetsTheConfigMapsThatWorkloadsNameAndNoOther) {
  lists_["/apis/apps/v1/deployments"] = json::array(
      {deployment("a", {{"envFrom", {{{"configMapRef", {{"name", "settings"}}}}}}}),
       deployment("b", {{"env", {{{"name", "X"}, {"valueFrom", {{"configMapKeyRef", {{"name", "other"}}}}}}}}}),
       deployment("c", {{"args", {"--configmap=$(POD_NAMESPACE)/nginx", "--configmap=edge/../x"}}}),
       deployment("d", {{"envFrom", {{{"configMapRef", {{"name", "../../secrets"}}}}}}})});
  objects_["/api/v1/namespaces/shop/configmaps/nginx"] = {{"metadata", {{"namespace", "shop"}, {"name", "nginx"}}},
                                                          {"data", {{"proxy-set-headers", "edge/headers"}}}};
  const Outcome outcome = audit({"-o", "json"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  std::set<std::string> config_maps;
  std::copy_if(asked_.begin(), asked_.end(), std::inserter(config_maps, config_maps.end()),
               [](const std::string& path) { return path.find("configmaps") != std::string::npos; });
  EXPECT_EQ(config_maps,
            (std::set<std::string>{
                "/api/v1/namespaces/istio-system/configmaps", "/api/v1/namespaces/shop/configmaps/settings",
                "/api/v1/namespaces/shop/configmaps/other", "/api/v1/namespaces/shop/configmaps/nginx",
                "/api/v1/namespaces/edge/configmaps/headers"}));
  EXPECT_THAT(asked_, Not(Contains(HasSubstr("secrets"))));
}

TEST_F(ClusterAudit, ReadsTheNamespaceWhereAllAreForbidden) {
  refused_["/api/v1/services"] = 403;
  const Outcome outcome = audit({"-n", "team"});
  EXPECT_EQ(outcome.status, kPartial);
  EXPECT_THAT(outcome.err, HasSubstr("error: services: could not be read: 403 Forbidden: no"));
  EXPECT_THAT(asked_, Contains("/api/v1/namespaces/team/services"));
  EXPECT_THAT(asked_, Contains("/api/v1/namespaces/istio-system/services"));
  EXPECT_THAT(asked_, Not(Contains("/api/v1/namespaces/team/pods")));
}

TEST_F(ClusterAudit, TriesOlderVersionsOfWhatIsNotServed) {
  refused_["/apis/networking.istio.io/v1/virtualservices"] = 404;
  for (const char* version : {"v1", "v1beta1"})
    refused_[fmt::format("/apis/gateway.networking.k8s.io/{}/httproutes", version)] = 404;
  const Outcome outcome = audit({"-A"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(asked_, Contains("/apis/networking.istio.io/v1beta1/virtualservices"));
}

TEST_F(ClusterAudit, TellsHowFarItIsWhenItTakesLong) {
  waits_at_ = "/api/v1/pods";
  EXPECT_EQ(audit({"-A"}).status, kOk);
  EXPECT_THAT(progress_, HasSubstr("reading the cluster: "));
}

TEST_F(ClusterAudit, AsksForNothingWhenPermissionsAreWanted) {
  const Outcome outcome = audit({"--permissions", "--root-namespace", "mesh"});
  EXPECT_THAT(outcome.out, HasSubstr("kubectl auth can-i list pods --all-namespaces\n"));
  EXPECT_THAT(outcome.out, HasSubstr("kubectl auth can-i list configmaps --namespace mesh\n"));
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace meshtrace::cli
