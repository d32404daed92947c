#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "controller/certificates/decide.h"
#include "controller/certificates/inspect.h"
#include "controller/certificates/issue.h"
#include "tests/unit/controller/certificates_support.h"

namespace meshtrace::certificates::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kAuthority = "/api/v1/namespaces/meshtrace-system/secrets/meshtrace-webhook-ca";
const std::string kLeaf = "/api/v1/namespaces/meshtrace-system/secrets/meshtrace-webhook-tls";
const std::string kSecrets = "/api/v1/namespaces/meshtrace-system/secrets";
const std::string kMutating = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/meshtrace-webhook";
const std::string kValidating =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/meshtrace-webhook";

// Everything as it should be: a good pair each, and exactly the present authority in both configurations.
void expect_settled(const Cluster& cluster, sys_seconds now) {
  const State state = cluster.look();
  const Inspected found = inspect(now, state, cluster.options);
  EXPECT_EQ(found.authority_problem, "");
  EXPECT_EQ(found.leaf_problem, "");
  EXPECT_THAT(found.previous, IsEmpty());
  for (const Configuration& configuration : state.configurations) {
    EXPECT_TRUE(trusts_exactly(configuration, {*found.authority})) << configuration.resource.plural;
  }
}

Cluster installed(Options options = short_lived()) {
  Cluster cluster(std::move(options));
  cluster.run(kStart);
  cluster.writes.clear();
  return cluster;
}

// Runs whatever falls due until the time, at the moments at which it does.
void run_until(Cluster& cluster, sys_seconds from, sys_seconds until) {
  for (sys_seconds now = from; now < until;) now = std::max(cluster.run(now), now + seconds(1));
  cluster.run(until);
}

TEST(Certificates, NeedNoWaitingInANewCluster) {
  Cluster cluster;
  EXPECT_GT(cluster.run(kStart), kStart);
  EXPECT_THAT(cluster.writes,
              ElementsAre("POST " + kSecrets, "PATCH " + kMutating, "PATCH " + kValidating, "POST " + kSecrets));
  expect_settled(cluster, kStart);
}

TEST(Certificates, AreLeftAsTheyAreUntilTwoThirdsOfTheirLife) {
  Cluster cluster = installed();
  const sys_seconds due = cluster.run(kStart);
  EXPECT_EQ(due, cluster.leaf().renew_at());
  cluster.run(due - seconds(1));
  EXPECT_THAT(cluster.writes, IsEmpty());
}

TEST(Certificates, RenewALeafWithoutTouchingAnythingElse) {
  Cluster cluster = installed();
  const Certificate before = cluster.leaf();
  cluster.run(before.renew_at());
  EXPECT_THAT(cluster.writes, ElementsAre("PUT " + kLeaf));
  EXPECT_NE(cluster.leaf(), before);
  expect_settled(cluster, before.renew_at());
}

TEST(Certificates, ChangeTheAuthorityInAnOrderInWhichNobodyIsLeftBehind) {
  Cluster cluster = installed();
  const Certificate before = cluster.authority();
  sys_seconds now = kStart;
  while (now < before.renew_at()) now = cluster.run(now);
  cluster.writes.clear();
  const Certificate old_leaf = cluster.leaf();

  const sys_seconds known = cluster.run(before.renew_at());
  EXPECT_THAT(cluster.writes, ElementsAre("PUT " + kAuthority, "PATCH " + kMutating, "PATCH " + kValidating,
                                          "PATCH " + kMutating, "PATCH " + kValidating));
  EXPECT_EQ(known, before.renew_at() + cluster.options.propagation_delay);
  EXPECT_EQ(cluster.leaf(), old_leaf);
  for (const std::size_t configuration : {0u, 1u}) {
    EXPECT_THAT(cluster.trusted(configuration), ElementsAre(cluster.authority(), before));
  }

  cluster.writes.clear();
  cluster.run(known - seconds(1));
  EXPECT_THAT(cluster.writes, IsEmpty());
  cluster.run(known);
  EXPECT_THAT(cluster.writes, ElementsAre("PUT " + kLeaf));
  EXPECT_TRUE(is_signed_by(cluster.leaf(), cluster.authority()));

  // The old leaf may be shown for as long as the delay, and is valid for longer.
  cluster.writes.clear();
  cluster.run(old_leaf.not_after - seconds(1));
  EXPECT_THAT(cluster.trusted(0), ElementsAre(cluster.authority(), before));
  cluster.run(std::max(old_leaf.not_after, known + cluster.options.propagation_delay));
  expect_settled(cluster, old_leaf.not_after);
}

TEST(Certificates, TakeUpACertificateThatSomebodyElseMadeWithoutABreak) {
  Cluster cluster;
  const auto authority = issue_authority(kStart, std::chrono::hours(1));
  const auto leaf = issue_leaf(*authority, dns_names(cluster.options), kStart, std::chrono::hours(1));
  for (const std::string& path : {kMutating, kValidating}) {
    cluster.edit(path, [&](nlohmann::json& object) {
      object["webhooks"][0]["clientConfig"]["caBundle"] = kube::base64_encode(authority->certificate.pem);
    });
  }
  cluster.store(
      kLeaf,
      {{"metadata", {{"name", "meshtrace-webhook-tls"}}},
       {"data",
        {{"tls.crt", kube::base64_encode(leaf->certificate.pem)}, {"tls.key", kube::base64_encode(leaf->key_pem)}}}});

  const sys_seconds known = cluster.run(kStart);
  EXPECT_EQ(known, kStart + cluster.options.propagation_delay);
  EXPECT_EQ(cluster.leaf(), leaf->certificate);
  EXPECT_THAT(cluster.trusted(1), ElementsAre(cluster.authority(), authority->certificate));
  cluster.run(known);
  EXPECT_TRUE(is_signed_by(cluster.leaf(), cluster.authority()));
  EXPECT_THAT(cluster.trusted(1), ElementsAre(cluster.authority(), authority->certificate));
}

struct Damage {
  const char* name;
  std::function<void(Cluster&)> happen;
};

void set_data(Cluster& cluster, const std::string& path, const char* key, const std::string& value) {
  cluster.edit(path, [&](nlohmann::json& object) { object["data"][key] = kube::base64_encode(value); });
}
void set_bundle(Cluster& cluster, const std::string& path, const std::string& bundle) {
  cluster.edit(path, [&](nlohmann::json& object) {
    object["webhooks"][0]["clientConfig"]["caBundle"] = kube::base64_encode(bundle);
  });
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all{
      {"authority deleted", [](Cluster& c) { c.objects.erase(kAuthority); }},
      {"authority emptied", [](Cluster& c) { c.edit(kAuthority, [](auto& object) { object.erase("data"); }); }},
      {"authority's data no map", [](Cluster& c) { c.edit(kAuthority, [](auto& object) { object["data"] = 7; }); }},
      {"authority's certificate garbage", [](Cluster& c) { set_data(c, kAuthority, "tls.crt", "garbage"); }},
      {"authority's key garbage", [](Cluster& c) { set_data(c, kAuthority, "tls.key", "garbage"); }},
      {"authority's key another's",
       [](Cluster& c) { set_data(c, kAuthority, "tls.key", issue_authority(kStart, seconds(60))->key_pem); }},
      {"authority a leaf",
       [](Cluster& c) {
         set_data(c, kAuthority, "tls.crt", c.data(kLeaf, "tls.crt"));
         set_data(c, kAuthority, "tls.key", c.data(kLeaf, "tls.key"));
       }},
      {"authority another good one",
       [](Cluster& c) {
         const auto other = issue_authority(kStart, std::chrono::hours(1));
         set_data(c, kAuthority, "tls.crt", other->certificate.pem);
         set_data(c, kAuthority, "tls.key", other->key_pem);
       }},
      {"leaf deleted", [](Cluster& c) { c.objects.erase(kLeaf); }},
      {"leaf emptied",
       [](Cluster& c) { c.edit(kLeaf, [](auto& object) { object["data"] = nlohmann::json::object(); }); }},
      {"leaf's certificate cut short",
       [](Cluster& c) { set_data(c, kLeaf, "tls.crt", c.data(kLeaf, "tls.crt").substr(0, 200)); }},
      {"leaf's key missing", [](Cluster& c) { c.edit(kLeaf, [](auto& object) { object["data"].erase("tls.key"); }); }},
      {"leaf's base64 broken",
       [](Cluster& c) { c.edit(kLeaf, [](auto& object) { object["data"]["tls.key"] = "%%%"; }); }},
      {"leaf's authority missing",
       [](Cluster& c) { c.edit(kLeaf, [](auto& object) { object["data"].erase("ca.crt"); }); }},
      {"leaf for another Service",
       [](Cluster& c) {
         const KeyPair authority{c.authority(), c.data(kAuthority, "tls.key")};
         const auto other = issue_leaf(authority, {"elsewhere.svc"}, kStart, seconds(60));
         set_data(c, kLeaf, "tls.crt", other->certificate.pem);
         set_data(c, kLeaf, "tls.key", other->key_pem);
       }},
      {"one caBundle removed", [](Cluster& c) { set_bundle(c, kMutating, ""); }},
      {"both caBundles removed",
       [](Cluster& c) {
         set_bundle(c, kMutating, "");
         set_bundle(c, kValidating, "");
       }},
      {"caBundle garbage", [](Cluster& c) { set_bundle(c, kValidating, "garbage"); }},
      {"a stranger in caBundle",
       [](Cluster& c) {
         set_bundle(c, kMutating, c.authority().pem + issue_authority(kStart, seconds(600))->certificate.pem);
       }},
      {"both Secrets deleted",
       [](Cluster& c) {
         c.objects.erase(kAuthority);
         c.objects.erase(kLeaf);
       }},
      {"everything lost",
       [](Cluster& c) {
         c.objects.erase(kAuthority);
         c.objects.erase(kLeaf);
         set_bundle(c, kMutating, "");
         set_bundle(c, kValidating, "");
       }},
  };
  return all;
}

TEST(Certificates, AreMendedWhateverHappensToThem) {
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.name);
    Options options = short_lived();
    options.authority_lifetime = std::chrono::hours(1);
    Cluster cluster = installed(options);
    damage.happen(cluster);
    const sys_seconds after = kStart + seconds(5);
    EXPECT_TRUE(cluster.step(after)) << "nothing was done about it";
    // Two lives of a leaf: what came before is forgotten by then.
    const sys_seconds end = after + 2 * cluster.options.leaf_lifetime;
    run_until(cluster, after, end);
    expect_settled(cluster, end);
  }
}

TEST(Certificates, KeepALeafInUseTrustedWhenItsAuthorityIsLost) {
  Cluster cluster = installed();
  const Certificate leaf = cluster.leaf();
  const Certificate authority = cluster.authority();
  cluster.objects.erase(kAuthority);
  set_bundle(cluster, kMutating, "");
  set_bundle(cluster, kValidating, "");
  cluster.run(kStart + seconds(1));
  EXPECT_EQ(cluster.leaf(), leaf);
  EXPECT_THAT(cluster.trusted(0), ElementsAre(cluster.authority(), authority));
  EXPECT_THAT(cluster.trusted(1), ElementsAre(cluster.authority(), authority));
}

TEST(Certificates, PutAStrangerOutOfCaBundleAtOnce) {
  Cluster cluster = installed();
  set_bundle(cluster, kMutating, cluster.authority().pem + issue_authority(kStart, seconds(600))->certificate.pem);
  cluster.run(kStart + seconds(1));
  EXPECT_THAT(cluster.writes, ElementsAre("PATCH " + kMutating));
  expect_settled(cluster, kStart + seconds(1));
}

TEST(Certificates, AreGivenToAConfigurationThatIsMadeAnew) {
  Cluster cluster = installed();
  const nlohmann::json bare = {{"metadata", {{"name", "meshtrace-webhook"}}},
                               {"webhooks",
                                {{{"name", "a"}, {"clientConfig", nlohmann::json::object()}},
                                 {{"name", "b"}, {"clientConfig", nlohmann::json::object()}}}}};
  cluster.objects.erase(kMutating);
  EXPECT_EQ(cluster.run(kStart), cluster.leaf().renew_at());
  cluster.store(kMutating, bare);
  cluster.run(kStart);
  EXPECT_THAT(cluster.writes, ElementsAre("PATCH " + kMutating));
  expect_settled(cluster, kStart);
}

TEST(Certificates, BeginTheDelayAgainWhenTheNewAuthorityWasTakenOut) {
  Cluster cluster = installed();
  cluster.objects.erase(kAuthority);
  const sys_seconds known = cluster.run(kStart);
  ASSERT_EQ(known, kStart + cluster.options.propagation_delay);
  const std::vector<Certificate> before = cluster.trusted(0);
  set_bundle(cluster, kMutating, "");
  EXPECT_EQ(cluster.run(known - seconds(1)), known - seconds(1) + cluster.options.propagation_delay);
  EXPECT_EQ(cluster.trusted(0), before);
}

TEST(Certificates, AreLeftToCertManagerWhereItIsAsked) {
  for (const std::string& path : {kMutating, kValidating}) {
    Cluster cluster = installed();
    cluster.objects.erase(kAuthority);
    cluster.edit(path, [](nlohmann::json& object) {
      object["metadata"]["annotations"]["cert-manager.io/inject-ca-from"] = "meshtrace-system/webhook";
    });
    const Decision decision = cluster.decide_at(kStart);
    ASSERT_TRUE(std::holds_alternative<LeaveAlone>(decision.step));
    EXPECT_THAT(decision.reason, ::testing::HasSubstr("cert-manager.io/inject-ca-from"));
    EXPECT_FALSE(cluster.step(kStart));
  }
}

TEST(Certificates, AreChangedByOneOfTwoReplicasThatBothBelieveToLead) {
  Cluster cluster;
  for (int round = 0; round < 10; ++round) {
    const State seen = cluster.look();
    const Step step = decide(kStart, seen, cluster.options).step;
    const auto ours = request_for(step, seen, cluster.options, kStart);
    const auto theirs = request_for(step, seen, cluster.options, kStart);
    if (!*ours) return expect_settled(cluster, kStart);
    EXPECT_LT(cluster.send(**ours), 300);
    EXPECT_EQ(cluster.send(**theirs), 409);
  }
  FAIL() << "it does not come to an end";
}

TEST(Certificates, KeepWhatOthersPutIntoTheirSecrets) {
  Cluster cluster = installed();
  cluster.edit(kLeaf, [](nlohmann::json& object) {
    object["metadata"]["labels"]["backup"] = "yes";
    object["data"]["keystore.p12"] = "AAAA";
  });
  cluster.run(cluster.leaf().renew_at());
  EXPECT_EQ(cluster.objects[kLeaf]["metadata"]["labels"]["backup"], "yes");
  EXPECT_EQ(cluster.objects[kLeaf]["data"]["keystore.p12"], "AAAA");
}

TEST(Certificates, SurviveAClockThatJumpsAndComesBack) {
  for (const seconds jump : {seconds(std::chrono::hours(24 * 365)), seconds(-std::chrono::hours(24 * 365))}) {
    Cluster cluster = installed();
    const Certificate leaf = cluster.leaf();
    const Certificate authority = cluster.authority();
    const sys_seconds wrong = kStart + jump;
    cluster.run(wrong);
    // Whoever has the right time is served by the old leaf, and trusts it.
    EXPECT_EQ(cluster.leaf(), leaf);
    EXPECT_TRUE(contains(cluster.trusted(0), authority));
    run_until(cluster, wrong, wrong + seconds(40));
    run_until(cluster, kStart, kStart + 4 * cluster.options.leaf_lifetime);
    const sys_seconds end = kStart + 4 * cluster.options.leaf_lifetime;
    EXPECT_EQ(inspect(end, cluster.look(), cluster.options).leaf_problem, "");
    EXPECT_LE(cluster.leaf().not_after, end + cluster.options.leaf_lifetime);
    EXPECT_TRUE(contains(cluster.trusted(0), cluster.authority()));
  }
}

TEST(Certificates, KeepNoMoreAuthoritiesThanTheLimitButAlwaysTheOneInUse) {
  Cluster cluster = installed();
  const Certificate in_use = cluster.authority();
  for (int i = 0; i < 12; ++i) {
    cluster.objects.erase(kAuthority);
    cluster.run(kStart + seconds(i));
    EXPECT_LE(cluster.trusted(0).size(), kMaxPrevious + 1);
    EXPECT_TRUE(contains(cluster.trusted(0), in_use));
  }
}

}  // namespace
}  // namespace meshtrace::certificates::testing
