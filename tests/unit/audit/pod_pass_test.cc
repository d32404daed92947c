// Pods that come in pages and are not kept.
#include "core/audit/pod_pass.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

// Says of a template whether its pods are known, and of a pod its name.
void tell(const Model& model, const Object& subject, Findings& findings) {
  if (subject.kind == Kind::kPod) return findings.add(subject, "pod", {.fix = "none"});
  const auto pods = model.workloads.pods_of(subject);
  findings.add(subject, pods.empty() ? "template alone" : "with pods", {.fix = "none"});
}
const Check kTells{.code = "MT9901",
                   .severity = Severity::kWarning,
                   .title = "t",
                   .effect = "e",
                   .page = "p",
                   .subjects = kWorkloadKinds,
                   .reads = {},
                   .run = tell};
const Check* const kOnly[] = {&kTells};

constexpr const char* kDeployments = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b, namespace: shop}
spec: {selector: {matchLabels: {app: b}}, template: {metadata: {labels: {app: b}}, spec: {containers: [{name: app, image: i}]}}}
)";

ObjectPointer pod(const std::string& deployment, const std::string& suffix) {
  const std::string hash = "6f9c5d7b8d";
  json value = {{"apiVersion", "v1"},
                {"kind", "Pod"},
                {"metadata",
                 {{"name", deployment + "-" + hash + "-" + suffix},
                  {"uid", suffix},
                  {"namespace", "shop"},
                  {"labels", {{"app", deployment}, {"pod-template-hash", hash}}}}},
                {"spec", {{"containers", {{{"name", "app"}, {"image", "i"}}}}}},
                {"status", {{"phase", "Running"}}}};
  value["metadata"]["ownerReferences"] = {
      {{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"name", deployment + "-" + hash}, {"controller", true}}};
  return make_object(std::move(value), {}, "");
}

SnapshotOptions options() {
  SnapshotOptions options;
  options.is_cluster = true;
  options.unread = {Kind::kPod};
  return options;
}

struct World {
  std::vector<ObjectPointer> objects = load_text(kDeployments).objects;
  Incremental rest{{}, kOnly};
  PodPass pods{{}, kOnly};

  World() {
    const Snapshot snapshot(objects, options());
    rest.update_all(Model(snapshot));
  }
  void page(const std::vector<ObjectPointer>& page) {
    std::vector<ObjectPointer> all = objects;
    all.insert(all.end(), page.begin(), page.end());
    const Snapshot snapshot(all, options());
    pods.add(Model(snapshot), page);
  }
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (const Finding& one : pods.tally(rest).findings) {
      if (one.object.kind == "Deployment") lines.push_back(one.object.name + ": " + one.message);
    }
    return lines;
  }
};

TEST(PodPass, JudgesATemplateByItsPodsWhereItHasSome) {
  World world;
  EXPECT_EQ(world.told(), (std::vector<std::string>{"a: template alone", "b: template alone"}));
  world.page({pod("a", "11111"), pod("a", "22222")});
  EXPECT_EQ(world.told(), (std::vector<std::string>{"a: with pods", "b: template alone"}));
}

TEST(PodPass, SaysOnceWhatTwoPagesShow) {
  World world;
  world.page({pod("a", "11111")});
  world.page({pod("a", "22222"), pod("b", "33333")});
  EXPECT_EQ(world.told(), (std::vector<std::string>{"a: with pods", "b: with pods"}));
}

TEST(PodPass, BelievesTheTemplateAgainOnceThatIsOther) {
  World world;
  world.page({pod("a", "11111"), pod("b", "22222")});
  EXPECT_TRUE(world.pods.forget({Kind::kDeployment, "shop", "a"}));
  EXPECT_FALSE(world.pods.forget({Kind::kDeployment, "shop", "a"}));
  EXPECT_EQ(world.told(), (std::vector<std::string>{"a: template alone", "b: with pods"}));
}

}  // namespace
}  // namespace meshtrace::audit
