// kubectl meshtrace status with an API server made of replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "cli/commands.h"
#include "cli/table.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

json condition(const char* type, const char* status, const char* reason, const char* message = "") {
  return {{"type", type}, {"status", status}, {"reason", reason}, {"message", message}};
}

json policy(const std::string& ns, const std::string& name) {
  return {{"metadata",
           {{"namespace", ns},
            {"name", name},
            {"creationTimestamp", "2026-11-21T11:00:00Z"},
            {"generation", 2},
            {"managedFields", json::array({{{"manager", "kubectl"}}})}}},
          {"spec", json::object()}};
}

json healthy(const std::string& ns, const std::string& name) {
  json object = policy(ns, name);
  object["status"] = {
      {"observedGeneration", 2},
      {"conditions",
       {condition("Accepted", "True", "Accepted"), condition("Programmed", "True", "Programmed"),
        condition("ResolvedRefs", "True", "ResolvedRefs"), condition("Conflicted", "False", "NoConflict")}},
      {"workloads", {{"matched", 14}, {"injected", 12}, {"stale", 2}, {"missed", 0}}},
      {"targets",
       {{{"kind", "EnvoyFilter"},
         {"namespace", ns},
         {"name", "meshtrace-x"},
         {"field", "spec"},
         {"state", "Applied"}}}}};
  return object;
}

// Replies in turn; remembers what was asked.
class Status : public testing::Test {
 protected:
  Outcome ask(std::vector<std::string> arguments, std::vector<kube::Reply> replies) {
    arguments.insert(arguments.begin(), "status");
    Environment environment;
    environment.now = [] { return kube::WallTime(kube::parse_time("2026-11-21T13:30:00Z").value()); };
    environment.connect = [&](const ClusterOptions& options) -> Result<Cluster> {
      options_ = options;
      return Cluster{options.ns.empty() ? "team" : options.ns,
                     [this, replies = std::move(replies),
                      next = std::make_shared<std::size_t>(0)](const kube::Request& request) -> Result<kube::Reply> {
                       targets_.push_back(request.target());
                       return replies.at((*next)++);
                     }};
    };
    return run(arguments, environment);
  }

  static kube::Reply page(std::vector<json> items, const std::string& next = "") {
    return {200,
            json{{"kind", "TracingPolicyList"}, {"metadata", {{"continue", next}}}, {"items", std::move(items)}}.dump(),
            {}};
  }

  static kube::Reply refused(int code, const char* reason, const char* message) {
    return {code, json{{"kind", "Status"}, {"reason", reason}, {"message", message}}.dump(), {}};
  }

  ClusterOptions options_;
  std::vector<std::string> targets_;
};

constexpr const char* kPath = "/apis/meshtrace.io/v1alpha1/tracingpolicies?limit=500";

TEST_F(Status, ShowsAHealthyPolicyInOneLine) {
  const Outcome outcome = ask({"-A"}, {page({healthy("team", "all")})});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_EQ(
      outcome.out,
      "NAMESPACE   NAME   MODE      ACCEPTED   PROGRAMMED   REFS   CONFLICTED   INJECTED   STALE   MISSED   AGE\n"
      "team        all    Enforce   True       True         True   False        12/14      2       0        150m\n"
      "\nWorkloads: 12 of 14 pods injected, 2 stale (they need a rollout)\n");
  EXPECT_EQ(targets_, std::vector<std::string>{kPath});
}

TEST_F(Status, ShowsEveryTargetAndConditionInWide) {
  const Outcome outcome = ask({"-A", "-o", "wide"}, {page({healthy("team", "all")})});
  EXPECT_THAT(outcome.out, HasSubstr("\nTracingPolicy team/all\n  Accepted=True Accepted\n"));
  EXPECT_THAT(outcome.out, HasSubstr("  EnvoyFilter team/meshtrace-x spec: Applied\n"));
}

TEST_F(Status, SaysWhatTheAuditFoundWhereItIsToBeLookedAt) {
  json policy = healthy("team", "all");
  policy["status"]["audit"] = {{"error", 1}, {"warning", 0}, {"info", 3}, {"suppressed", 2}};
  const std::string line =
      "  Audit: 1 errors, 0 warnings, 3 infos, 2 suppressed (kubectl meshtrace audit lists them)\n";
  EXPECT_THAT(ask({"-A"}, {page({policy})}).out, HasSubstr("\nTracingPolicy team/all\n" + line));
  policy["status"]["audit"]["error"] = 0;
  EXPECT_THAT(ask({"-A"}, {page({policy})}).out, Not(HasSubstr("Audit")));
  EXPECT_THAT(ask({"-A", "-o", "wide"}, {page({policy})}).out, HasSubstr("  Audit: 0 errors"));
}

TEST_F(Status, SaysWhatIsWrongBelowTheTable) {
  json bad = healthy("istio-system", "mesh");
  bad["metadata"]["generation"] = 3;
  bad["status"]["conditions"][1] =
      condition("Programmed", "False", "ManagedElsewhere", "Helm owns it.\nmeshConfig:\n  a: b\n");
  bad["status"]["targets"].push_back({{"kind", "ConfigMap"},
                                      {"namespace", "istio-system"},
                                      {"name", "istio"},
                                      {"field", "data.mesh.accessLogFormat"},
                                      {"state", "Rejected"},
                                      {"message", "Envoy said no"}});
  const Outcome outcome = ask({"-A"}, {page({bad})});
  EXPECT_THAT(outcome.out,
              HasSubstr("\nTracingPolicy istio-system/mesh\n"
                        "  the status is of generation 2, the policy is at 3: the controller has not seen it yet\n"
                        "  Programmed=False ManagedElsewhere\n"
                        "      Helm owns it.\n      meshConfig:\n        a: b\n"
                        "  ConfigMap istio-system/istio data.mesh.accessLogFormat: Rejected\n"
                        "      Envoy said no\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("EnvoyFilter")));
}

TEST_F(Status, ShowsAPolicyThatNobodyHasSeenYet) {
  const Outcome outcome = ask({}, {page({policy("team", "new")})});
  EXPECT_THAT(outcome.out, HasSubstr("team        new    Enforce   -          -            -      -            -"));
  EXPECT_THAT(outcome.out, HasSubstr("has no status yet"));
}

TEST_F(Status, ReadsAStatusOfAnyShape) {
  for (const json& status : {json(1), json("x"), json::array(), json{{"conditions", 1}},
                             json{{"conditions", {1, nullptr}}}, json{{"targets", {{{"kind", 7}}}}},
                             json{{"workloads", {{"matched", "x"}}}}, json{{"observedGeneration", "2"}}}) {
    json object = policy("team", "odd");
    object["status"] = status;
    EXPECT_EQ(ask({}, {page({object})}).status, kOk) << status;
  }
  json nameless = {{"metadata", 1}, {"spec", nullptr}};
  EXPECT_EQ(ask({}, {page({nameless})}).status, kOk);
}

TEST_F(Status, NeverSteersTheTerminal) {
  json object = healthy("team", "a\x1b[31m");
  object["status"]["conditions"][0] =
      condition("Accepted", "False\n\x1b", "No\xC2\x9b\x7f", "two\nlines \x1b]0;title\x07");
  object["status"]["targets"][0]["name"] = "x\x1b[2J\ny";
  for (const char* output : {"table", "wide", "json", "yaml"}) {
    const Outcome outcome = ask({"-o", output}, {page({object})});
    EXPECT_EQ(outcome.status, kOk);
    EXPECT_EQ((outcome.out + outcome.err).find_first_of("\x1b\x07\x9b\x7f"), std::string::npos) << output;
  }
}

TEST_F(Status, AsksForTheContextsNamespaceOrTheGivenOneOrAll) {
  ask({}, {page({})});
  ask({"-n", "shop"}, {page({})});
  ask({"--all-namespaces", "--context", "c", "--kubeconfig", "k"}, {page({})});
  EXPECT_THAT(targets_,
              testing::ElementsAre("/apis/meshtrace.io/v1alpha1/namespaces/team/tracingpolicies?limit=500",
                                   "/apis/meshtrace.io/v1alpha1/namespaces/shop/tracingpolicies?limit=500", kPath));
  EXPECT_EQ(options_.context, "c");
  EXPECT_EQ(options_.kubeconfig, "k");
}

TEST_F(Status, ReadsEveryPageAndBeginsAnewWhenTheTokenExpired) {
  const Outcome outcome = ask({"-A"}, {page({healthy("b", "b")}, "t1"), refused(410, "Expired", "too old"),
                                       page({healthy("b", "b")}, "t2"), page({healthy("a", "a")})});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(targets_, testing::ElementsAre(kPath, std::string(kPath) + "&continue=t1", kPath,
                                             std::string(kPath) + "&continue=t2"));
  EXPECT_LT(outcome.out.find("\na "), outcome.out.find("\nb "));
  EXPECT_THAT(outcome.out, HasSubstr("24 of 28"));
  EXPECT_EQ(
      ask({"-A"}, std::vector<kube::Reply>{page({}, "t"), refused(410, "Expired", "x"), page({}, "t"),
                                           refused(410, "Expired", "x"), page({}, "t"), refused(410, "Expired", "x")})
          .status,
      kFailed);
}

TEST_F(Status, SaysWhatWouldHelp) {
  const std::vector<std::pair<kube::Reply, const char*>> cases{
      {refused(404, "NotFound", "the server could not find the requested resource"), "kubectl apply -k crds"},
      {refused(403, "Forbidden", "user \"u\" cannot list"), "user \"u\" cannot list"},
      {refused(403, "Forbidden", "no"), "-n NAMESPACE asks for one"},
      {refused(401, "Unauthorized", "Unauthorized"), "does not accept these credentials"},
      {{502, "<html>secret</html>", {}}, "HTTP status 502"},
      {{200, "[]", {}}, "no list"},
      {{200, R"({"items": [1]})", {}}, "something else than objects"},
      {{200, "{", {}}, "error: the list of TracingPolicies: "},
  };
  for (const auto& [reply, expected] : cases) {
    const Outcome outcome = ask({"-A"}, {reply});
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(expected));
    EXPECT_THAT(outcome.err, Not(HasSubstr("secret")));
  }
}

TEST_F(Status, RefusesWhatCannotBeMeant) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"-A", "-n", "x"}, {"-n", "../secrets"}, {"-n", "A"}, {"-o", "xml"}}) {
    EXPECT_EQ(ask(arguments, {}).status, kFailed);
    EXPECT_THAT(targets_, testing::IsEmpty());
  }
}

TEST_F(Status, PrintsObjectsForMachines) {
  const Outcome as_json = ask({"-o", "json"}, {page({healthy("team", "all")})});
  const json list = json::parse(as_json.out);
  EXPECT_EQ(list["kind"], "List");
  EXPECT_EQ(list["items"][0]["kind"], "TracingPolicy");
  EXPECT_EQ(list["items"][0]["apiVersion"], "meshtrace.io/v1alpha1");
  EXPECT_FALSE(list["items"][0]["metadata"].contains("managedFields"));
  EXPECT_EQ(json::parse(ask({"-o", "json"}, {page({})}).out)["items"], json::array());
  EXPECT_THAT(ask({"-o", "yaml"}, {page({healthy("team", "all")})}).out, StartsWith("apiVersion: v1\nkind: List\n"));
}

TEST_F(Status, SaysWhenThereIsNothing) {
  EXPECT_EQ(ask({}, {page({})}).err, "note: no TracingPolicy in the namespace team; -A shows all\n");
  EXPECT_EQ(ask({"-A"}, {page({})}).err, "note: no TracingPolicy in this cluster\n");
}

TEST(Age, IsAsKubectlWritesIt) {
  const std::vector<std::pair<int, const char*>> cases{
      {-5, "0s"},       {0, "0s"},        {119, "119s"},     {120, "2m"},      {150, "2m30s"},
      {600, "10m"},     {10'799, "179m"}, {10'800, "3h"},    {10'860, "3h1m"}, {28'800, "8h"},
      {172'799, "47h"}, {172'800, "2d"},  {190'800, "2d5h"}, {691'200, "8d"},  {86'400 * 800, "800d"}};
  for (const auto& [seconds, text] : cases) EXPECT_EQ(age(std::chrono::seconds(seconds)), text);
}

}  // namespace
}  // namespace meshtrace::cli
