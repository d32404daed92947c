#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/report/graph.h"
#include "core/audit/model.h"
#include "tests/unit/audit/support.h"

namespace meshtrace::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// The outside over a gateway and a route to shop/checkout, which calls shop/cart; shop/idle is alone.
constexpr std::string_view kShop = R"(
{apiVersion: apps/v1, kind: Deployment, metadata: {name: ingress, namespace: istio-system}, spec: {selector: {matchLabels: {istio: ingress}},
 template: {metadata: {labels: {istio: ingress}}, spec: {containers: [{name: istio-proxy, image: istio/proxyv2:1.30.0}]}}}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: web, namespace: istio-system}, spec: {selector: {istio: ingress},
 servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: checkout, namespace: shop}, spec: {hosts: ["*"],
 gateways: [istio-system/web], http: [{route: [{destination: {host: checkout.shop.svc.cluster.local, port: {number: 8080}}}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: checkout, namespace: shop}, spec: {selector: {app: checkout}, ports: [{name: http, port: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{name: grpc, port: 9090}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: checkout, namespace: shop}, spec: {selector: {matchLabels: {app: checkout}},
 template: {metadata: {labels: {app: checkout}}, spec: {containers: [{name: main, image: checkout,
 env: [{name: CART, value: "http://cart:9090"}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: cart, namespace: shop}, spec: {selector: {matchLabels: {app: cart}},
 template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: main, image: cart}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: idle, namespace: shop}, spec: {selector: {matchLabels: {app: idle}},
 template: {metadata: {labels: {app: idle}}, spec: {containers: [{name: main, image: idle}]}}}}
)";

audit::Finding about(audit::ObjectRef object, std::optional<audit::Hop> hop = {}) {
  audit::Finding finding;
  finding.severity = audit::Severity::kError;
  finding.object = std::move(object);
  finding.hop = std::move(hop);
  return finding;
}

// Titles of the edges that have findings, and ids of such nodes.
std::vector<std::string> marked_in_shop(const std::vector<audit::Finding>& findings) {
  const audit::Snapshot snapshot = audit::snapshot_of(kShop);
  const audit::Model model(snapshot);
  const Graph graph = graph_of(model.paths, findings);
  std::vector<std::string> marked;
  for (const GraphEdge& edge : graph.edges) {
    if (!edge.findings.empty()) marked.push_back(title_of(graph, edge));
  }
  for (const GraphNode& node : graph.nodes) {
    if (!node.findings.empty()) marked.push_back(node.id);
  }
  return marked;
}

TEST(ReportGraph, DrawsWaysFromTheEntryToWorkloads) {
  const audit::Snapshot snapshot = audit::snapshot_of(kShop);
  const audit::Model model(snapshot);
  const Graph graph = graph_of(model.paths, {});
  std::vector<std::string> ways;
  for (const GraphEdge& edge : graph.edges) ways.push_back(title_of(graph, edge) + " " + edge.label);
  EXPECT_THAT(ways, Contains("shop/checkout → shop/cart gRPC 9090"));
  EXPECT_EQ(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& node) { return node.is_entry; }), 1);
}

TEST(ReportGraph, LeavesOutWhatNoWayLeadsTo) {
  const audit::Snapshot snapshot = audit::snapshot_of(kShop);
  const audit::Model model(snapshot);
  const Graph graph = graph_of(model.paths, {});
  EXPECT_EQ(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& it) { return it.id == "shop/idle"; }),
            0);
  EXPECT_GE(graph.hidden_nodes, 1u);
}

TEST(ReportGraph, MarksTheHopThatAFindingNames) {
  EXPECT_THAT(marked_in_shop({about({"telemetry.istio.io/v1", "Telemetry", "shop", "off"},
                                    audit::Hop{"shop/checkout", "shop/cart"})}),
              ElementsAre("shop/checkout → shop/cart"));
}

TEST(ReportGraph, DrawsAHopThatNoRouteMakes) {
  EXPECT_THAT(marked_in_shop({about({"v1", "Service", "shop", "idle"}, audit::Hop{"shop/cart", "shop/idle"})}),
              ElementsAre("shop/cart → shop/idle"));
}

TEST(ReportGraph, MarksTheWaysThatARouteOrServiceMakes) {
  EXPECT_THAT(marked_in_shop({about({"v1", "Service", "shop", "cart"})}), ElementsAre("shop/checkout → shop/cart"));
}

TEST(ReportGraph, MarksAWorkloadAndNotWhatItCalls) {
  EXPECT_THAT(marked_in_shop({about({"apps/v1", "Deployment", "shop", "checkout"})}), ElementsAre("shop/checkout"));
  EXPECT_THAT(marked_in_shop({about({"apps/v1", "Deployment", "shop", "idle"})}), ElementsAre("shop/idle"));
}

TEST(ReportGraph, HasNoPlaceForWhatIsOnNoWay) {
  EXPECT_THAT(marked_in_shop({about({"v1", "ConfigMap", "istio-system", "istio"}, audit::Hop{"gone", "gone/too"})}),
              IsEmpty());
}

}  // namespace
}  // namespace meshtrace::cli
