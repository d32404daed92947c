#include "core/audit/mesh_model.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/audit/model.h"
#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr const char* kMesh = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    accessLogFile: /dev/stdout
    accessLogFormat: "mesh %REQ(TRACEPARENT)%"
    extensionProviders:
    - name: otel
      opentelemetry: {service: otel.observability.svc.cluster.local, port: 4317}
    - name: zipkin
      zipkin: {service: zipkin.observability.svc.cluster.local, port: 9411}
    - name: file
      envoyFileAccessLog: {path: /dev/stdout, logFormat: {text: own}}
    - name: labels
      envoyFileAccessLog: {path: /dev/stdout, logFormat: {labels: {path: "%REQ(:PATH)%"}}}
)";

std::string telemetry(const std::string& ns, const std::string& name, const std::string& spec,
                      const std::string& metadata = "") {
  return "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {namespace: " + ns + ", name: " + name +
         metadata + "}\nspec: " + spec + "\n";
}

struct World {
  explicit World(std::string yaml, SnapshotOptions options = {})
      : text(std::move(yaml)), snapshot(snapshot_of(text, std::move(options))), mesh(snapshot) {}
  std::string text;
  Snapshot snapshot;
  MeshModel mesh;

  [[nodiscard]] Tracing server(const std::string& ns, const Labels& labels = {}) const {
    return mesh.tracing(ns, labels, Direction::kServer);
  }
  [[nodiscard]] Tracing client(const std::string& ns, const Labels& labels = {}) const {
    return mesh.tracing(ns, labels, Direction::kClient);
  }
  [[nodiscard]] AccessLogging log(const std::string& ns, const Labels& labels = {}) const {
    return mesh.access_logging(ns, labels, Direction::kServer);
  }
};

std::string name_of(const Object* object) { return object == nullptr ? "" : object->ref.name; }

TEST(MeshTracing, IsOffWhereNobodySpeaksOfIt) {
  const World world(kMesh);
  EXPECT_FALSE(world.server("shop").enabled);
  EXPECT_TRUE(world.server("shop").is_legacy);
}

TEST(MeshTracing, ComesFromTheNarrowestThatStatesIt) {
  const World world(
      std::string(kMesh) +
      telemetry("istio-system", "mesh", "{tracing: [{providers: [{name: otel}], randomSamplingPercentage: 5}]}") +
      telemetry("shop", "shop", "{tracing: [{randomSamplingPercentage: 50}]}") +
      telemetry("shop", "cart", "{selector: {matchLabels: {app: cart}}, tracing: [{providers: [{name: zipkin}]}]}"));
  const Tracing other = world.server("other");
  EXPECT_EQ(other.provider, "otel");
  EXPECT_EQ(other.sampling_percentage, 5);
  const Tracing shop = world.server("shop");
  EXPECT_TRUE(shop.enabled);
  EXPECT_EQ(shop.provider, "otel");
  EXPECT_EQ(shop.sampling_percentage, 50);
  EXPECT_EQ(name_of(shop.percentage_from), "shop");
  const Tracing cart = world.server("shop", {{"app", "cart"}, {"version", "v1"}});
  EXPECT_EQ(cart.provider, "zipkin");
  EXPECT_EQ(cart.sampling_percentage, 50);
  EXPECT_EQ(name_of(cart.from), "cart");
  ASSERT_NE(cart.provider_entry, nullptr);
  EXPECT_TRUE(cart.provider_entry->contains("zipkin"));
}

TEST(MeshTracing, TakesTheOldestOfTwoWithoutSelectorAndElseTheFirstByName) {
  const std::string one = R"({tracing: [{providers: [{name: otel}]}]})";
  const std::string other = R"({tracing: [{providers: [{name: zipkin}]}]})";
  const std::string young = R"(, creationTimestamp: "2026-02-01T00:00:00Z")";
  const std::string old = R"(, creationTimestamp: "2025-02-01T00:00:00Z")";
  EXPECT_EQ(World(kMesh + telemetry("shop", "a", one) + telemetry("shop", "b", other)).server("shop").provider, "otel");
  EXPECT_EQ(
      World(kMesh + telemetry("shop", "a", one, young) + telemetry("shop", "b", other, old)).server("shop").provider,
      "zipkin");
  // One that is not created yet is the youngest.
  EXPECT_EQ(World(kMesh + telemetry("shop", "a", one) + telemetry("shop", "b", other, old)).server("shop").provider,
            "zipkin");
}

TEST(MeshTracing, OfSeveralThatSelectAWorkloadTheYoungestHasTheLastWord) {
  const World world(
      std::string(kMesh) +
      telemetry("shop", "a", "{selector: {matchLabels: {app: cart}}, tracing: [{providers: [{name: otel}]}]}") +
      telemetry("shop", "b", "{selector: {matchLabels: {tier: web}}, tracing: [{providers: [{name: zipkin}]}]}"));
  EXPECT_EQ(world.server("shop", {{"app", "cart"}, {"tier", "web"}}).provider, "zipkin");
}

TEST(MeshTracing, AnUnknownProviderTakesTheDefaultAway) {
  const std::string defaults = std::string(kMesh) + "    defaultProviders: {tracing: [OTEL]}\n";
  EXPECT_TRUE(World(defaults).server("shop").enabled);  // names compare without case
  const World world(defaults + telemetry("shop", "shop", "{tracing: [{providers: [{name: none}]}]}"));
  EXPECT_FALSE(world.server("shop").enabled);
  EXPECT_EQ(world.server("shop").provider_entry, nullptr);
  EXPECT_TRUE(world.server("other").enabled);
}

TEST(MeshTracing, AProviderThatIsNoTracerMakesNoSpans) {
  EXPECT_FALSE(
      World(kMesh + telemetry("shop", "shop", "{tracing: [{providers: [{name: file}]}]}")).server("shop").enabled);
}

TEST(MeshTracing, GoesByDirection) {
  const World world(std::string(kMesh) +
                    telemetry("shop", "shop",
                              "{tracing: [{match: {mode: CLIENT}, providers: [{name: otel}]}, "
                              "{match: {mode: SERVER}, providers: [{name: zipkin}], disableSpanReporting: true}]}"));
  EXPECT_TRUE(world.client("shop").enabled);
  EXPECT_EQ(world.client("shop").provider, "otel");
  EXPECT_FALSE(world.server("shop").enabled);
  EXPECT_TRUE(world.server("shop").reporting_disabled);
}

TEST(MeshTracing, ReachesGatewaysByTargetAndWaypointsByNothingElse) {
  const std::string mesh =
      std::string(kMesh) +
      telemetry("shop", "gateway",
                "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}], "
                "tracing: [{providers: [{name: otel}]}]}") +
      telemetry("shop", "selected", "{selector: {matchLabels: {app: web}}, tracing: [{providers: [{name: zipkin}]}]}");
  const World world(mesh);
  const Labels gateway{{"gateway.networking.k8s.io/gateway-name", "public"}};
  EXPECT_EQ(world.client("shop", gateway).provider, "otel");
  EXPECT_EQ(world.client("shop", {{"app", "public"}}).provider, "");
  Labels waypoint{{"gateway.networking.k8s.io/gateway-name", "public"}, {"app", "web"}};
  EXPECT_EQ(world.client("shop", waypoint).provider, "zipkin");
  waypoint["gateway.networking.k8s.io/gateway-class-name"] = "istio-waypoint";
  EXPECT_EQ(world.client("shop", waypoint).provider, "otel");
}

TEST(MeshTracing, ASelectorInTheRootNamespaceStaysThere) {
  const World world(kMesh +
                    telemetry("istio-system", "root",
                              "{selector: {matchLabels: {app: cart}}, tracing: [{providers: [{name: otel}]}]}"));
  EXPECT_FALSE(world.server("shop", {{"app", "cart"}}).enabled);
  EXPECT_TRUE(world.server("istio-system", {{"app", "cart"}}).enabled);
}

TEST(MeshTracing, TheOlderFormHoldsUntilTheTelemetryApiSpeaks) {
  const std::string legacy =
      std::string(kMesh) +
      "    defaultConfig: {tracing: {sampling: 20, zipkin: {address: \"zipkin.istio-system:9411\"}}}\n";
  const World world(legacy);  // what is said points into it
  const Tracing tracing = world.server("shop");
  EXPECT_TRUE(tracing.enabled && tracing.is_legacy);
  EXPECT_EQ(tracing.sampling_percentage, 20);
  EXPECT_EQ(tracing.percentage_from->kind, Kind::kConfigMap);
  EXPECT_FALSE(World(legacy + "    enableTracing: false\n").server("shop").enabled);
  EXPECT_FALSE(World(legacy + telemetry("shop", "shop", "{tracing: [{}]}")).server("shop").enabled);
}

TEST(MeshTracing, HasNoTracerThatTheRunningIstioRemoved) {
  const std::string mesh = std::string(kMesh) +
                           "    - name: lightstep\n      lightstep: {service: ls.o.svc.cluster.local}\n" +
                           telemetry("shop", "shop", "{tracing: [{providers: [{name: lightstep}]}]}");
  EXPECT_FALSE(World(mesh).server("shop").enabled);
  SnapshotOptions older;
  older.istio = mesh::Version{1, 26, 4};
  EXPECT_TRUE(World(mesh, std::move(older)).server("shop").enabled);
}

TEST(MeshTracing, TakesWhatIsNotKnownToBeThere) {
  const World world(telemetry("shop", "shop", "{tracing: [{providers: [{name: otel}]}]}"));
  EXPECT_EQ(world.mesh.revision_of("shop", {}), nullptr);
  EXPECT_TRUE(world.server("shop").enabled);
}

TEST(MeshTracing, AWorkloadMayStateItsOwnSampling) {
  const std::string pod = R"(---
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations: {proxy.istio.io/config: "tracing: {sampling: 42}"}
spec:
  containers: [{name: cart, image: cart}]
)";
  const std::string text = kMesh + telemetry("istio-system", "mesh", "{tracing: [{providers: [{name: otel}]}]}") + pod;
  const Snapshot snapshot = snapshot_of(text);
  const Model model(snapshot);
  const Workload& cart = model.workloads.all()[0];
  EXPECT_EQ(model.mesh.tracing(cart, Direction::kServer).sampling_percentage, 42);
  EXPECT_EQ(model.mesh.tracing(cart, Direction::kServer).percentage_from, cart.object);
}

TEST(MeshLogging, IsTheMeshsOwnUntilATelemetryNamesProviders) {
  const World world(std::string(kMesh) + telemetry("shop", "shop", "{accessLogging: [{providers: [{name: file}]}]}") +
                    telemetry("stock", "stock", "{accessLogging: [{providers: [{name: labels}, {name: none}]}]}") +
                    telemetry("quiet", "quiet", "{accessLogging: [{disabled: true}]}") +
                    telemetry("plain", "plain", "{accessLogging: [{providers: [{name: envoy}]}]}") +
                    telemetry("typo", "typo", "{accessLogging: [{providers: [{name: fil}]}]}"));
  EXPECT_EQ(world.log("other").format, "mesh %REQ(TRACEPARENT)%");
  EXPECT_TRUE(world.log("other").provider.empty());
  EXPECT_EQ(world.log("shop").format, "own");
  EXPECT_EQ(name_of(world.log("shop").from), "shop");
  EXPECT_TRUE(world.log("stock").json_format.contains("path"));
  EXPECT_EQ(world.log("stock").providers, std::vector<std::string>{"labels"});
  EXPECT_EQ(world.log("plain").format, "mesh %REQ(TRACEPARENT)%");  // the built-in one has the mesh's format
  EXPECT_EQ(world.log("plain").provider, "envoy");
  // A name that the mesh does not have counts as none, and nothing to switch off leaves the mesh's own.
  EXPECT_EQ(world.log("typo").format, "mesh %REQ(TRACEPARENT)%");
  EXPECT_TRUE(world.log("quiet").enabled);
}

TEST(MeshLogging, OneThatIsSwitchedOffStaysOff) {
  const World world(kMesh + telemetry("istio-system", "mesh", "{accessLogging: [{providers: [{name: file}]}]}") +
                    telemetry("quiet", "quiet", "{accessLogging: [{disabled: true}]}"));
  EXPECT_TRUE(world.log("shop").enabled);
  EXPECT_FALSE(world.log("quiet").enabled);
}

}  // namespace
}  // namespace meshtrace::audit
