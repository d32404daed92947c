// kubectl meshtrace logs of pods, with an API server made of replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "cli/commands.h"
#include "cli/logs_pods.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kEntry = R"({"response_code":200,"traceparent":null,"upstream_cluster":"inbound|80||"})"
                               "\n";

kube::Reply reply(const json& body, int status = 200) { return {status, body.dump(), {}}; }
kube::Reply text(std::string body) { return {200, std::move(body), {}}; }
kube::Reply refused(int code, const char* reason, const char* message) {
  return reply({{"kind", "Status"}, {"reason", reason}, {"message", message}}, code);
}

json pods(const std::vector<std::string>& names, const std::string& next = "") {
  json items = json::array();
  for (const std::string& name : names) items.push_back({{"metadata", {{"name", name}}}});
  return {{"metadata", {{"continue", next}}}, {"items", items}};
}

// Replies by path; remembers what was asked.
class PodLogs : public testing::Test {
 protected:
  Outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"logs", "-o", "json"});
    Environment environment;
    environment.now = [] { return kube::WallTime(); };
    environment.progress = [](std::string_view) {};
    environment.connect = [&](const ClusterOptions& options) -> Result<Cluster> {
      return Cluster{options.ns.empty() ? "team" : options.ns,
                     [this](const kube::Request& request) -> Result<kube::Reply> {
                       targets_.push_back(request.target());
                       const auto found = replies_.find(request.path);
                       return found != replies_.end() ? found->second : refused(404, "NotFound", "not found");
                     }};
    };
    return run(arguments, environment);
  }

  static std::vector<std::string> hops(const Outcome& outcome) {
    std::vector<std::string> names;
    const json document = json::parse(outcome.out);
    for (const json& hop : document["hops"]) names.push_back(hop["source"]);
    return names;
  }

  std::map<std::string, kube::Reply> replies_;
  std::vector<std::string> targets_;
};

const std::string kPods = "/api/v1/namespaces/team/pods";

TEST_F(PodLogs, OfAPodAskForWhatIsWantedAndNoMore) {
  replies_[kPods + "/web-1/log"] = text(kEntry);
  const Outcome outcome = ask({"pod/web-1", "--since", "1m30s", "--tail", "5", "-c", "envoy"});
  EXPECT_EQ(outcome.status, kInvalid) << outcome.err;
  EXPECT_THAT(hops(outcome), ElementsAre("pod/web-1"));
  EXPECT_THAT(targets_,
              ElementsAre(kPods + "/web-1/log?container=envoy&limitBytes=33554432&sinceSeconds=90&tailLines=5"));
}

TEST_F(PodLogs, OfASelectorAreThoseOfItsPods) {
  replies_[kPods] = reply(pods({"web-1", "web-2"}));
  replies_[kPods + "/web-1/log"] = replies_[kPods + "/web-2/log"] = text(kEntry);
  EXPECT_THAT(hops(ask({"-l", "app=web"})), ElementsAre("pod/web-1", "pod/web-2"));
  EXPECT_EQ(targets_.front(), kPods + "?limit=100&labelSelector=app%3Dweb");
}

TEST_F(PodLogs, OfADeploymentAreThoseOfItsSelector) {
  replies_["/apis/apps/v1/namespaces/team/deployments/web"] =
      reply({{"spec",
              {{"selector",
                {{"matchLabels", {{"app", "web"}}},
                 {"matchExpressions",
                  {{{"key", "tier"}, {"operator", "In"}, {"values", {"a", "b"}}},
                   {{"key", "old"}, {"operator", "DoesNotExist"}}}}}}}}});
  replies_[kPods] = reply(pods({"web-1"}));
  replies_[kPods + "/web-1/log"] = text(kEntry);
  EXPECT_THAT(hops(ask({"deploy/web", "web-1"})), ElementsAre("pod/web-1"));
  EXPECT_THAT(targets_[1], HasSubstr("labelSelector=app%3Dweb%2Ctier%20in%20%28a%2Cb%29%2C%21old"));
}

TEST_F(PodLogs, OfPodsWithoutTheContainerAreLeftOutWithAWarning) {
  replies_[kPods] = reply(pods({"web-1", "web-2"}));
  replies_[kPods + "/web-1/log"] = refused(400, "BadRequest", "container istio-proxy is not valid for pod web-1");
  replies_[kPods + "/web-2/log"] = text(kEntry);
  const Outcome outcome = ask({"-l", "app=web"});
  EXPECT_THAT(hops(outcome), ElementsAre("pod/web-2"));
  EXPECT_THAT(outcome.err, HasSubstr("warning: pod/web-1: its log cannot be read: 400 BadRequest: container"));

  replies_[kPods + "/web-2/log"] = replies_[kPods + "/web-1/log"];
  const Outcome none = ask({"-l", "app=web"});
  EXPECT_EQ(none.status, kFailed);
  EXPECT_EQ(none.out, "");
  EXPECT_THAT(none.err, HasSubstr("no pod's log could be read"));
}

TEST_F(PodLogs, EndAtTheFirstRefusalForWantOfRights) {
  replies_[kPods] = reply(pods({"web-1", "web-2"}));
  replies_[kPods + "/web-1/log"] = refused(403, "Forbidden", "pods \"web-1\" is forbidden");
  const Outcome outcome = ask({"-l", "app=web"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("pod/web-1: its log cannot be read: 403 Forbidden"));
  EXPECT_EQ(targets_.size(), 2u);
}

TEST_F(PodLogs, SayWhatWasCut) {
  replies_[kPods] = reply(pods({"web-1"}, "more"));
  std::string large;
  while (large.size() < kMaxPodLogBytes) large += kEntry;
  large.resize(kMaxPodLogBytes);
  replies_[kPods + "/web-1/log"] = text(large);
  const Outcome outcome = ask({"-l", "app=web"});
  EXPECT_THAT(outcome.err, HasSubstr("pod/web-1: only the first 32 MiB"));
  EXPECT_THAT(outcome.err, HasSubstr("of these pods only 1 are read"));
}

TEST_F(PodLogs, SayWhatIsNotThere) {
  replies_[kPods] = reply(pods({}));
  replies_["/apis/apps/v1/namespaces/team/deployments/odd"] = reply({{"spec", {{"selector", json::object()}}}});
  for (const auto& [target, says] : {std::pair{"deployment/gone", "deployment/gone: 404 NotFound"},
                                     {"deployment/odd", "has no selector"},
                                     {"pod/gone", "404 NotFound"},
                                     {"cronjob/x", "name one of its Jobs"},
                                     {"pod/A_B", "is no name of an object"}}) {
    const Outcome outcome = ask({target});
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_THAT(outcome.err, HasSubstr(says)) << target;
  }
  EXPECT_THAT(ask({"-l", "app=none"}).err, HasSubstr("no pod with app=none in the namespace team"));
}

TEST_F(PodLogs, WithNothingInThemAreNoProof) {
  replies_[kPods + "/web-1/log"] = text("");
  const Outcome outcome = ask({"web-1"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("MT0501"));
}

}  // namespace
}  // namespace meshtrace::cli
