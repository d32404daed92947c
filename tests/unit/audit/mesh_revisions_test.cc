#include "core/audit/mesh_revisions.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/audit/mesh_model.h"
#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

constexpr const char* kMesh = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "extensionProviders: [{name: otel, opentelemetry: {service: otel.o.svc.cluster.local, port: 4317}}]"}
)";

std::string telemetry(const std::string& name, const std::string& provider, const std::string& metadata = "") {
  return "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {namespace: shop, name: " + name +
         metadata + "}\nspec: {tracing: [{providers: [{name: " + provider + "}]}]}\n";
}

struct World {
  explicit World(std::string yaml, SnapshotOptions options = {})
      : text(std::move(yaml)), snapshot(snapshot_of(text, std::move(options))), mesh(snapshot) {}
  std::string text;
  Snapshot snapshot;
  MeshModel mesh;
};

TEST(MeshRevisions, AreFoundByLabelsAndTags) {
  const World world(std::string(kMesh) + R"(---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-canary, namespace: istio-system}
data: {mesh: "accessLogFile: /dev/canary"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-revision-tag-prod, labels: {istio.io/tag: prod, istio.io/rev: canary}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/rev: prod}}
)");
  ASSERT_EQ(world.mesh.revisions().size(), 2u);
  EXPECT_EQ(world.mesh.revisions()[0].name, "default");
  EXPECT_EQ(world.mesh.revision_of("shop", {})->name, "canary");
  EXPECT_EQ(world.mesh.revision_of("other", {})->name, "default");
  EXPECT_EQ(world.mesh.revision_of("other", {{"istio.io/rev", "canary"}})->name, "canary");
  EXPECT_EQ(world.mesh.revision_of("other", {{"istio.io/rev", "gone"}}), nullptr);
}

TEST(MeshRevisions, ATelemetryOfOneRevisionIsNobodyElses) {
  const World world(kMesh + telemetry("a", "none", ", labels: {istio.io/rev: canary}") + telemetry("b", "otel"));
  EXPECT_EQ(world.mesh.tracing("shop", {}, Direction::kServer).provider, "otel");
}

TEST(MeshRevisions, AreReadFromInstallersWhereThereIsNoConfigMap) {
  const std::string installers = R"(---
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec: {tag: 1.24.1, meshConfig: {accessLogFile: /dev/operator}}
---
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {name: canary}
spec: {version: v1.26.0, values: {meshConfig: {accessLogFile: /dev/sail}}}
)";
  const World world(installers);
  ASSERT_EQ(world.mesh.revisions().size(), 2u);
  EXPECT_EQ(world.mesh.revisions()[0].field, "spec.meshConfig");
  EXPECT_EQ(world.mesh.revisions()[1].name, "canary");
  EXPECT_EQ(world.mesh.revisions()[1].config.value("accessLogFile", ""), "/dev/sail");
  EXPECT_EQ(world.mesh.istio(), (mesh::Version{1, 24, 1}));
  const World both(kMesh + installers);
  EXPECT_NE(both.mesh.revisions()[0].config_map, nullptr);
}

TEST(MeshRevisions, ATextThatDoesNotParseTellsNothing) {
  const World world(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
      "data: {mesh: \"a: [1\"}\n" +
      telemetry("a", "otel"));
  ASSERT_EQ(world.mesh.revisions().size(), 1u);
  EXPECT_FALSE(world.mesh.revisions()[0].readable);
  EXPECT_TRUE(world.mesh.tracing("shop", {}, Direction::kServer).enabled);
}

TEST(MeshRevisions, TwoInstallersOfOneRevisionTellNothing) {
  const auto installer = [](const std::string& name, const std::string& file) {
    return "---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: " + name +
           "}\nspec: {meshConfig: {accessLogFile: " + file + "}}\n";
  };
  EXPECT_TRUE(World(installer("one", "/dev/stdout")).mesh.revisions()[0].readable);
  EXPECT_FALSE(World(installer("one", "/dev/stdout") + installer("two", "/dev/null")).mesh.revisions()[0].readable);
}

TEST(IstioVersion, IsTheOldestControlPlanesByItsImage) {
  const auto istiod = [](const std::string& name, const std::string& image) {
    return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
           ", namespace: istio-system}\nspec: {template: {metadata: {labels: {app: istiod}}, spec: {containers: "
           "[{name: discovery, image: \"" +
           image + "\"}]}}}\n";
  };
  const std::string both = istiod("istiod", "gcr.io:443/istio/pilot:1.30.2-distroless@sha256:00") +
                           istiod("istiod-canary", "istio/pilot:1.31.0");
  EXPECT_EQ(World(both).mesh.istio(), (mesh::Version{1, 30, 2}));
  SnapshotOptions stated;
  stated.istio = mesh::Version{1, 28, 0};
  EXPECT_EQ(World(both, std::move(stated)).mesh.istio(), (mesh::Version{1, 28, 0}));
  EXPECT_EQ(World(istiod("istiod", "istio/pilot:latest")).mesh.istio(), std::nullopt);
}

}  // namespace
}  // namespace meshtrace::audit
