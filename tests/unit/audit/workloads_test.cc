#include "core/audit/workloads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/audit/model.h"
#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

// A pod of the ReplicaSet web-5d9c7b8f6, as an API server has it.
std::string pod(const std::string& name, const std::string& metadata = "", const std::string& spec = "") {
  return "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name + "\n  namespace: shop\n  uid: uid-of-" + name +
         "\n  labels: {app: web, pod-template-hash: 5d9c7b8f6}\n  ownerReferences:\n"
         "  - {apiVersion: apps/v1, kind: ReplicaSet, name: web-5d9c7b8f6, uid: 7f1e, controller: true}\n" +
         metadata + "spec:\n  containers:\n  - {name: app, image: \"node:20\"}\n" + spec;
}

constexpr const char* kDeployment = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "node:20"}
)";

struct World {
  explicit World(std::string yaml, SnapshotOptions options = {})
      : text(std::move(yaml)), snapshot(snapshot_of(text, std::move(options))), model(snapshot) {}
  std::string text;
  Snapshot snapshot;
  Model model;

  [[nodiscard]] const Workload& only() const {
    EXPECT_EQ(model.workloads.all().size(), 1u);
    return model.workloads.all()[0];
  }
  [[nodiscard]] const Container& container() const { return only().containers.at(0); }
};

std::vector<std::string> names_of(const std::vector<EnvVariable>& env) {
  std::vector<std::string> names;
  for (const EnvVariable& variable : env) names.push_back(variable.name);
  return names;
}

TEST(Workloads, ADeploymentStandsForItsPods) {
  const World world(std::string(kDeployment) + pod("web-5d9c7b8f6-a") + pod("web-5d9c7b8f6-b"));
  const Workload& workload = world.only();
  EXPECT_EQ(workload.object->kind, Kind::kDeployment);
  EXPECT_EQ(workload.id(), "shop/web");
  EXPECT_FALSE(workload.is_running());
  const auto pods = world.model.workloads.pods_of(*workload.object);
  ASSERT_EQ(pods.size(), 1u);
  EXPECT_EQ(pods[0]->pods, 2);
  EXPECT_EQ(pods[0]->members.size(), 2u);
}

TEST(Workloads, PodsWithoutTheirOwnerAreOneRecordWhereTheyAreAlike) {
  const World world(pod("web-5d9c7b8f6-a") + pod("web-5d9c7b8f6-b") +
                    pod("web-5d9c7b8f6-c", "  annotations: {meshtrace.io/injected: abc}\n"));
  ASSERT_EQ(world.model.workloads.all().size(), 2u);
  EXPECT_EQ(world.model.workloads.all()[0].name, "web");
  EXPECT_EQ(world.model.workloads.all()[0].pods, 2);
  EXPECT_EQ(world.model.workloads.all()[1].pods, 1);
  EXPECT_EQ(world.model.workloads.of(*world.snapshot.find(Kind::kPod, "shop", "web-5d9c7b8f6-b")), nullptr);
}

TEST(Workloads, ReplicaSetsOfADeploymentAndEndedPodsAreNoWorkloads) {
  const World world(std::string(kDeployment) + R"(---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-5d9c7b8f6
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: 1, controller: true}]
spec: {replicas: 1, template: {spec: {containers: [{name: app}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: left-behind, namespace: shop}
spec: {replicas: 0, template: {spec: {containers: [{name: app}]}}}
)" + pod("web-5d9c7b8f6-done", "", "status: {phase: Succeeded}\n"));
  EXPECT_EQ(world.only().name, "web");
  EXPECT_TRUE(world.model.workloads.pods_of(*world.only().object).empty());
}

TEST(Workloads, AJobOfACronJobBelongsToIt) {
  const World world(R"(
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec: {schedule: "0 1 * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: app}]}}}}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: nightly-29300000
  namespace: shop
  ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: nightly, uid: 1, controller: true}]
spec: {template: {spec: {containers: [{name: app}]}}}
)");
  EXPECT_EQ(world.only().object->kind, Kind::kCronJob);
  EXPECT_EQ(world.container().field, "spec.jobTemplate.spec.template.spec.containers[0]");
}

TEST(Workloads, WhatThePolicyWillInjectStandsWhereItWillBeInserted) {
  const World world(R"(
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: all, namespace: shop}
spec:
  workload: {podIdentity: true, propagators: [tracecontext]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: app
    env:
    - {name: OTEL_RESOURCE_ATTRIBUTES, value: team=shop}
    - {name: OTEL_SERVICE_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
)");
  const Container& container = world.container();
  EXPECT_EQ(names_of(container.env),
            (std::vector<std::string>{"K8S_POD_NAME", "K8S_NODE_NAME", "K8S_NAMESPACE", "K8S_POD_UID", "K8S_POD_IP",
                                      "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "OTEL_PROPAGATORS"}));
  EXPECT_EQ(container.value("OTEL_PROPAGATORS"), "tracecontext");
  EXPECT_TRUE(container.find("OTEL_PROPAGATORS")->by_policy);
  EXPECT_EQ(container.value("OTEL_RESOURCE_ATTRIBUTES"), "team=shop") << "the object's own text";
  EXPECT_EQ(container.find("OTEL_RESOURCE_ATTRIBUTES")->field, "spec.containers[0].env[0]");
  EXPECT_TRUE(container.find("OTEL_SERVICE_NAME")->from_source);
}

TEST(Workloads, OptedOutAndRunningPodsGetNothingFromThePolicy) {
  const std::string policy = R"(
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: all, namespace: shop}
spec: {workload: {}}
)";
  const World opted_out(policy +
                        "---\napiVersion: v1\nkind: Namespace\n"
                        "metadata: {name: shop, labels: {meshtrace.io/inject: \"false\"}}\n---" +
                        kDeployment);
  EXPECT_EQ(opted_out.only().policy, nullptr);
  EXPECT_TRUE(opted_out.container().env.empty());
  const World running(policy + pod("web-5d9c7b8f6-a"));
  EXPECT_NE(running.only().policy, nullptr);
  EXPECT_TRUE(running.container().env.empty());
}

TEST(Workloads, SelectorsFindTemplatesByTheirPodLabels) {
  const World world(std::string(kDeployment) + R"(---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: by-hand, namespace: shop}
spec: {ports: [{port: 80}]}
)");
  const Workloads& workloads = world.model.workloads;
  EXPECT_EQ(workloads.behind(*world.snapshot.find(Kind::kService, "shop", "web")).size(), 1u);
  EXPECT_TRUE(workloads.behind(*world.snapshot.find(Kind::kService, "shop", "by-hand")).empty());
  EXPECT_EQ(workloads.selected("shop", {}).size(), 1u);
  EXPECT_TRUE(workloads.selected("shop", {{"app", "web"}, {"tier", "back"}}).empty());
  EXPECT_TRUE(workloads.selected("other", {{"app", "web"}}).empty());
}

struct MeshCase {
  const char* what;
  const char* ns_labels;
  const char* pod_labels;
  const char* annotations;
  const char* spec;
  MeshMode expected;
};

TEST(Workloads, LabelsOfTemplateAndNamespaceSayHowItTakesPartInTheMesh) {
  const std::vector<MeshCase> cases{
      {"nothing", "", "", "", "", MeshMode::kNone},
      {"the namespace injects", "istio-injection: enabled", "", "", "", MeshMode::kSidecar},
      {"a revision injects", "istio.io/rev: canary", "", "", "", MeshMode::kSidecar},
      {"the pod does not want it", "istio-injection: enabled", "sidecar.istio.io/inject: \"false\"", "", "",
       MeshMode::kNone},
      {"the pod alone wants it", "", "sidecar.istio.io/inject: \"true\"", "", "", MeshMode::kSidecar},
      {"the namespace refuses", "istio-injection: disabled", "sidecar.istio.io/inject: \"true\"", "", "",
       MeshMode::kNone},
      {"the host's network", "istio-injection: enabled", "", "", "hostNetwork: true,", MeshMode::kNone},
      {"ambient", "istio.io/dataplane-mode: ambient", "", "", "", MeshMode::kAmbient},
      {"not ambient", "istio.io/dataplane-mode: ambient", "istio.io/dataplane-mode: none", "", "", MeshMode::kNone},
      {"Linkerd", "", "", "linkerd.io/inject: enabled", "", MeshMode::kLinkerd},
  };
  for (const MeshCase& one : cases) {
    const World world(std::string("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {") + one.ns_labels +
                      "}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: shop}\n"
                      "spec: {template: {metadata: {labels: {" +
                      one.pod_labels + "}, annotations: {" + one.annotations + "}}, spec: {" + one.spec +
                      " containers: [{name: app}]}}}\n");
    EXPECT_EQ(world.only().mesh, one.expected) << one.what;
  }
}

TEST(Workloads, RunningPodsShowHowATemplateTakesPartInTheMesh) {
  const std::string ns =
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
  const World without(std::string(kDeployment) + ns + pod("web-5d9c7b8f6-a"));
  EXPECT_EQ(without.only().mesh, MeshMode::kNone) << "made before the label";
  const World with(std::string(kDeployment) + pod("web-5d9c7b8f6-a", "", "  - {name: istio-proxy, image: auto}\n"));
  EXPECT_EQ(with.only().mesh, MeshMode::kSidecar);
}

TEST(Workloads, GatewaysAreToldByTheirProxysArguments) {
  const World world(R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress, namespace: istio-system}
spec: {template: {spec: {containers: [{name: istio-proxy, args: [proxy, router]}]}}}
)");
  EXPECT_TRUE(world.only().is_gateway);
  EXPECT_TRUE(world.container().is_proxy);
}

TEST(Workloads, LanguagesAreToldWhereImageCommandOrVariablesSayThem) {
  const std::map<std::string, Language> cases{
      {"image: \"python:3.12\"", Language::kPython},
      {"image: \"docker.io/library/node@sha256:0123\"", Language::kNode},
      {"image: \"mcr.microsoft.com/dotnet/runtime:9.0\"", Language::kDotnet},
      {"image: shop, command: [/usr/bin/python3.11, app.py]", Language::kPython},
      {"image: shop, command: [sh, -c, exec java -jar app.jar]", Language::kJava},
      {"image: shop, args: [npm, start]", Language::kNode},
      {"image: shop, env: [{name: JAVA_TOOL_OPTIONS, value: -Xmx1g}]", Language::kJava},
      {"image: shop, env: [{name: NODE_ENV, value: x}, {name: PYTHONPATH, value: x}]", Language::kUnknown},
      {"image: shop/python-like-thing", Language::kUnknown},
      {"image: nginx", Language::kUnknown},
  };
  for (const auto& [container, expected] : cases) {
    const World world("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, " + container +
                      "}]}\n");
    EXPECT_EQ(world.container().language, expected) << container;
  }
}

TEST(Workloads, ManyUnlikePodsOfOneOwnerStayApart) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += pod("web-5d9c7b8f6-" + std::to_string(i),
                "  annotations: {meshtrace.io/injected: \"" + std::to_string(i) + "\"}\n");
  }
  const World world(text);
  EXPECT_EQ(world.model.workloads.all().size(), 300u);
}

TEST(Workloads, OddObjectsAreReadAsFarAsTheyGo) {
  for (const char* spec : {"{}", "{template: text}", "{template: {spec: {containers: {a: b}}}}",
                           "{template: {spec: {containers: [text, {env: [text, {name: 1}]}]}}}"}) {
    const World world(std::string("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: ") + spec +
                      "\n");
    EXPECT_EQ(world.only().name, "web") << spec;
  }
}

}  // namespace
}  // namespace meshtrace::audit
