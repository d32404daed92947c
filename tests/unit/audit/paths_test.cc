#include "core/audit/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/audit/model.h"
#include "tests/unit/audit/support.h"

namespace meshtrace::audit {
namespace {

// Documents are added one by one; the model is built when it is first asked.
class PathsTest : public testing::Test {
 protected:
  void add(const std::string& document) { text_ += "---\n" + document + "\n"; }

  void service(const std::string& name, const std::string& ports = "[{name: http, port: 80}]",
               const std::string& more = "") {
    add("apiVersion: v1\nkind: Service\nmetadata: {name: " + name +
        ", namespace: shop}\nspec: {selector: {app: " + name + "}, ports: " + ports + more + "}");
  }
  // `env` and what else a container has; a sidecar unless the labels say otherwise.
  void workload(const std::string& name, const std::string& container = "", const std::string& labels = "",
                const std::string& spec = "") {
    add("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
        ", namespace: shop}\nspec: {template: {metadata: " + "{labels: {app: " + name +
        ", sidecar.istio.io/inject: \"true\"" + labels + "}}, spec: {" + spec + "containers: [{name: app, image: x" +
        container + "}]}}}");
  }
  static std::string calls(const std::string& url) { return ", env: [{name: URL, value: \"" + url + "\"}]"; }
  void gateway(const std::string& name, const std::string& hosts = "[\"*\"]") {
    add("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: " + name +
        ", namespace: istio-system}\nspec: {selector: {istio: " + name +
        "}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: " + hosts + "}]}");
  }
  void virtual_service(const std::string& name, const std::string& spec, const std::string& ns = "shop",
                       const std::string& created = "2026-01-01T00:00:00Z") {
    add("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + name + ", namespace: " + ns +
        ", creationTimestamp: \"" + created + "\"}\nspec: {" + spec + "}");
  }

  const Paths& paths() {
    if (!model_) {
      snapshot_ = std::make_unique<Snapshot>(snapshot_of(text_));
      model_ = std::make_unique<Model>(*snapshot_);
    }
    return model_->paths;
  }

  // "from -> to:port by Kind/name" of each edge.
  std::vector<std::string> edges() {
    std::vector<std::string> edges;
    for (const PathEdge& edge : paths().edges()) {
      edges.push_back(edge.from + " -> " + edge.to + ":" + std::to_string(edge.port) + " by " + edge.by->ref.kind +
                      "/" + edge.by->ref.name);
    }
    return edges;
  }

  std::string text_;
  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<Model> model_;
};

using Edges = std::vector<std::string>;

TEST_F(PathsTest, ACallIsAVariableOrAnArgumentThatNamesAService) {
  service("reviews", "[{name: http, port: 9080}]");
  workload("reviews");
  for (const char* url : {"http://reviews:9080", "reviews:9080", "reviews.shop:9080",
                          "reviews.shop.svc.cluster.local:9080", "http://user:secret@reviews.shop.svc:9080/x?y",
                          "http://REVIEWS.shop.:9080/", "a=http://other.example, b=http://reviews:9080"}) {
    SCOPED_TRACE(url);
    const std::string before = text_;
    model_.reset();
    workload("web", calls(url));
    const auto found = paths().out_of("shop/web");
    EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                            [](const PathEdge* edge) { return edge->to == "shop/reviews" && edge->port == 9080; }));
    text_ = before;
  }
  model_.reset();
  workload("cli", ", args: [\"--backend=http://reviews:9080\"]");
  EXPECT_EQ(edges(), Edges{"shop/cli -> shop/reviews:9080 by Deployment/cli"});
}

TEST_F(PathsTest, WhatOnlyLooksLikeAHostIsNoCall) {
  service("reviews");
  workload("reviews");
  workload("web",
           ", env: [{name: APP, value: reviews}, {name: PATH_, value: \"/reviews:80/x\"}, "
           "{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: \"http://reviews:80\"}, {name: URL, value: \"http://\"}]");
  EXPECT_EQ(edges(), Edges{});
}

TEST_F(PathsTest, CallsThatGoInCirclesEnd) {
  service("a");
  service("b");
  workload("a", calls("http://b"));
  workload("b", calls("http://a"));
  EXPECT_EQ(edges(), (Edges{"shop/a -> shop/b:80 by Deployment/a", "shop/b -> shop/a:80 by Deployment/b"}));
  EXPECT_TRUE(paths().ways_to("shop/a").empty());
}

TEST_F(PathsTest, AGatewaysRoutesLeadToWorkloads) {
  gateway("ingress");
  service("web");
  workload("web", calls("http://reviews"));
  service("reviews");
  workload("reviews");
  virtual_service("shop",
                  "hosts: [shop.example.com], gateways: [istio-system/ingress], "
                  "http: [{headers: {request: {remove: [Baggage]}}, route: [{destination: {host: web}}]}]");
  EXPECT_EQ(edges(), (Edges{"gateway:istio-system/ingress -> shop/web:80 by VirtualService/shop",
                            "outside -> gateway:istio-system/ingress:0 by Gateway/ingress",
                            "shop/web -> shop/reviews:80 by Deployment/web"}));
  const auto in = paths().into("shop/web");
  ASSERT_EQ(in.size(), 1u);
  ASSERT_EQ(in[0]->changes.size(), 1u);
  EXPECT_EQ(in[0]->changes[0].header, "baggage");
  EXPECT_EQ(in[0]->field, "spec.http[0].route[0]");
  EXPECT_EQ(
      paths().ways_to("shop/reviews"),
      (std::vector<std::vector<std::string>>{{"outside", "gateway:istio-system/ingress", "shop/web", "shop/reviews"}}));
  EXPECT_EQ(name_of_hop(paths(), {"gateway:istio-system/ingress", "shop/web"}), "istio-system/ingress → shop/web");
}

TEST_F(PathsTest, RoutesMayLeadOutside) {
  gateway("ingress");
  add("apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: pay, namespace: shop}\nspec: {hosts: "
      "[pay.example.com]}");
  virtual_service(
      "pay",
      "hosts: [\"*\"], gateways: [istio-system/ingress], http: [{route: [{destination: {host: "
      "pay.example.com}}, {destination: {host: gone.shop.svc.cluster.local}}, {destination: {host: gone}}]}]");
  EXPECT_EQ(edges(), (Edges{"gateway:istio-system/ingress -> external:pay.example.com:0 by VirtualService/pay",
                            "outside -> gateway:istio-system/ingress:0 by Gateway/ingress"}));
  EXPECT_EQ(paths().find("external:pay.example.com")->object->ref.name, "pay");
}

TEST_F(PathsTest, GatewaysTakeTheHostsThatTheyServe) {
  gateway("ingress", "[\"shop/*.example.com\"]");
  service("web");
  workload("web");
  const std::string route =
      ", gateways: [istio-system/ingress], http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]";
  virtual_service("taken", "hosts: [a.example.com]" + route);
  virtual_service("other-host", "hosts: [a.example.org]" + route);
  virtual_service("other-namespace", "hosts: [b.example.com]" + route, "elsewhere");
  EXPECT_EQ(edges(), (Edges{"gateway:istio-system/ingress -> shop/web:80 by VirtualService/taken",
                            "outside -> gateway:istio-system/ingress:0 by Gateway/ingress"}));
}

TEST_F(PathsTest, RulesForOtherGatewaysAreNotTaken) {
  gateway("ingress");
  service("web");
  service("other");
  workload("web");
  workload("other");
  virtual_service("shop",
                  "hosts: [\"*\"], gateways: [istio-system/ingress, mesh], http: ["
                  "{match: [{gateways: [mesh]}], route: [{destination: {host: other}}]}, "
                  "{match: [{gateways: [istio-system/ingress]}], route: [{destination: {host: web}}]}]");
  EXPECT_EQ(edges(), (Edges{"gateway:istio-system/ingress -> shop/web:80 by VirtualService/shop",
                            "outside -> gateway:istio-system/ingress:0 by Gateway/ingress"}));
}

TEST_F(PathsTest, DelegatesAreFollowedAndHaveTheRootsHeadersWhereTheyStateNone) {
  gateway("ingress");
  service("web");
  service("api");
  workload("web");
  workload("api");
  virtual_service("root",
                  "hosts: [\"*\"], gateways: [istio-system/ingress], http: "
                  "[{headers: {request: {remove: [baggage]}}, delegate: {name: leaf, namespace: teams}}]");
  virtual_service(
      "leaf",
      "http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}, "
      "{headers: {request: {remove: [traceparent]}}, route: [{destination: {host: api.shop.svc.cluster.local}}]}]",
      "teams");
  const auto web = paths().into("shop/web");
  const auto api = paths().into("shop/api");
  ASSERT_EQ(web.size(), 1u);
  ASSERT_EQ(api.size(), 1u);
  EXPECT_EQ(web[0]->by->ref.name, "leaf");
  EXPECT_EQ(web[0]->changes.at(0).by->ref.name, "root");
  ASSERT_EQ(api[0]->changes.size(), 1u);
  EXPECT_EQ(api[0]->changes[0].header, "traceparent");
  EXPECT_EQ(paths().made_by(*web[0]->changes[0].by).size(), 1u);
}

TEST_F(PathsTest, CallsTakeTheRouteThatTheCallerSees) {
  service("reviews");
  service("old");
  service("new");
  workload("old");
  workload("new");
  workload("web", calls("http://reviews"));
  virtual_service(
      "hidden",
      "hosts: [reviews.shop.svc.cluster.local], exportTo: [\".\"], http: [{route: [{destination: {host: x}}]}]",
      "elsewhere", "2020-01-01T00:00:00Z");
  virtual_service("wildcard", "hosts: [\"*.shop.svc.cluster.local\"], http: [{route: [{destination: {host: old}}]}]",
                  "shop", "2020-01-01T00:00:00Z");
  virtual_service("younger", "hosts: [reviews], http: [{route: [{destination: {host: old}}]}]", "shop",
                  "2026-02-01T00:00:00Z");
  virtual_service("older", "hosts: [reviews], http: [{route: [{destination: {host: new}}]}]", "shop",
                  "2026-01-01T00:00:00Z");
  EXPECT_EQ(edges(), Edges{"shop/web -> shop/new:80 by VirtualService/older"});
}

TEST_F(PathsTest, WorkloadsWithoutAProxyKnowNoRoutes) {
  service("reviews");
  service("new");
  workload("reviews");
  workload("new");
  add("apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: app, image: x" +
      calls("http://reviews") + "}]}");
  virtual_service("reviews", "hosts: [reviews], http: [{route: [{destination: {host: new}}]}]");
  EXPECT_EQ(edges(), Edges{"shop/web -> shop/reviews:80 by Pod/web"});
}

TEST_F(PathsTest, GatewayApiRoutesLeadFromTheGatewaysThatLetThemIn) {
  service("web");
  workload("web");
  for (const char* from : {"Same", "All"}) {
    add(std::string("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: ") +
        (from == std::string("All") ? "open" : "closed") +
        ", namespace: infra}\nspec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP, "
        "allowedRoutes: {namespaces: {from: " +
        from + "}}}]}");
  }
  add("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web, namespace: shop}\nspec: "
      "{parentRefs: "
      "[{name: open, namespace: infra}, {name: closed, namespace: infra}], rules: [{backendRefs: [{name: web, port: "
      "80}]}]}");
  EXPECT_EQ(edges(), (Edges{"gateway:infra/open -> shop/web:80 by HTTPRoute/web",
                            "outside -> gateway:infra/closed:0 by Gateway/closed",
                            "outside -> gateway:infra/open:0 by Gateway/open"}));
}

TEST_F(PathsTest, AServicesWaypointIsOnTheWay) {
  add("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/use-waypoint: waypoint}}");
  add("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint, namespace: shop}\nspec: "
      "{gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}");
  service("reviews");
  workload("reviews");
  workload("web", calls("http://reviews"));
  EXPECT_EQ(edges(), (Edges{"gateway:shop/waypoint -> shop/reviews:80 by Deployment/web",
                            "shop/web -> gateway:shop/waypoint:80 by Deployment/web"}));
}

TEST_F(PathsTest, IngressesAndOpenServicesAreWaysIn) {
  service("web");
  workload("web");
  service("tcp", "[{name: http, port: 80}]", ", type: LoadBalancer");
  workload("tcp");
  add("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: shop}\nspec: "
      "{ingressClassName: nginx, "
      "rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}]}}]}");
  EXPECT_EQ(edges(),
            (Edges{"ingress:shop/shop -> shop/web:80 by Ingress/shop", "outside -> ingress:shop/shop:0 by Ingress/shop",
                   "outside -> shop/tcp:80 by Service/tcp"}));
  EXPECT_EQ(paths().find("ingress:shop/shop")->kind, PathNode::Kind::kIngressController);
  EXPECT_EQ(paths().find("nothing"), nullptr);
}

TEST_F(PathsTest, ServicesWithoutKnownWorkloadsStandForThemselves) {
  service("db", "[{name: tcp, port: 5432}]");
  service("kafka", "[{name: tcp, port: 9092}]");
  workload("web",
           ", env: [{name: DB, value: \"db:5432\"}, {name: B, value: \"kafka:9092\"}, {name: P, value: "
           "\"https://pay.example.com/x\"}]");
  EXPECT_EQ(edges(), (Edges{"shop/web -> broker:shop/kafka:9092 by Deployment/web",
                            "shop/web -> external:pay.example.com:0 by Deployment/web",
                            "shop/web -> service:shop/db:5432 by Deployment/web"}));
}

TEST_F(PathsTest, WaysAreAtMostSoMany) {
  constexpr int kLayers = 6;
  constexpr int kWidth = 4;
  service("w0-0", "[{name: http, port: 80}]", ", type: LoadBalancer");
  workload("w0-0", calls("http://w1-0 http://w1-1 http://w1-2 http://w1-3"));
  for (int layer = 1; layer < kLayers; ++layer) {
    std::string next;
    for (int i = 0; i < kWidth; ++i) next += "http://w" + std::to_string(layer + 1) + "-" + std::to_string(i) + " ";
    for (int i = 0; i < kWidth; ++i) {
      const std::string name = "w" + std::to_string(layer) + "-" + std::to_string(i);
      service(name);
      workload(name, layer + 1 < kLayers ? calls(next) : "");
    }
  }
  EXPECT_EQ(paths().ways_to("shop/w5-0").size(), Paths::kMaxWays);
  EXPECT_TRUE(paths().complete());
}

TEST_F(PathsTest, LimitsAreThoseOfTheFilterThatIsAppliedLast) {
  const auto filter = [this](const std::string& name, const std::string& ns, const std::string& more, int kb) {
    add("apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: " + name + ", namespace: " + ns +
        "}\nspec: {" + more +
        "configPatches: [{applyTo: NETWORK_FILTER, match: {context: SIDECAR_INBOUND, listener: "
        "{filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}}, patch: {operation: MERGE, "
        "value: "
        "{typed_config: {maxRequestHeadersKb: " +
        std::to_string(kb) + "}}}}]}");
  };
  service("web");
  service("api");
  workload("web", calls("http://api"));
  workload("api");
  filter("root", "istio-system", "", 80);
  filter("a-own", "shop", "", 90);
  filter("first", "shop", "priority: -1, ", 70);
  filter("only-api", "shop", "workloadSelector: {labels: {app: api}}, ", 100);
  filter("elsewhere", "elsewhere", "", 200);
  const HeaderLimits web = paths().limits_of(*paths().find("shop/web"));
  EXPECT_EQ(web.max_request_headers_kb, 90);
  EXPECT_EQ(web.kb_from->ref.name, "a-own");
  EXPECT_EQ(web.max_headers_count, 100);
  EXPECT_EQ(paths().limits_of(*paths().find("shop/api")).max_request_headers_kb, 100);
  EXPECT_EQ(paths().limits_of(*paths().find("shop/web"), PatchContext::kOutbound).max_request_headers_kb, 60);
}

TEST(Protocols, AreSelectedAsIstioDoes) {
  struct Case {
    const char* port;
    Protocol protocol;
  };
  for (const auto& [port, protocol] : std::vector<Case>{
           {R"({"port": 80})", Protocol::kUnknown},
           {R"({"port": 80, "name": "web"})", Protocol::kUnknown},
           {R"({"port": 80, "name": "http"})", Protocol::kHttp},
           {R"({"port": 80, "name": "HTTP-web"})", Protocol::kHttp},
           {R"({"port": 80, "name": "https"})", Protocol::kTls},
           {R"({"port": 80, "name": "httpweb"})", Protocol::kUnknown},
           {R"({"port": 80, "name": "http2-web"})", Protocol::kHttp2},
           {R"({"port": 80, "name": "grpc-web-x"})", Protocol::kGrpc},
           {R"({"port": 80, "name": "grpc"})", Protocol::kGrpc},
           {R"({"port": 80, "name": "tcp-web"})", Protocol::kTcp},
           {R"({"port": 80, "name": "redis"})", Protocol::kTcp},
           {R"({"port": 80, "name": "tcp", "appProtocol": "http"})", Protocol::kHttp},
           {R"({"port": 80, "name": "http", "appProtocol": "other"})", Protocol::kUnknown},
           {R"({"port": 80, "name": "http", "appProtocol": "tcp"})", Protocol::kTcp},
           {R"({"port": 80, "appProtocol": "kubernetes.io/h2c"})", Protocol::kHttp2},
           {R"({"port": 80, "appProtocol": "kubernetes.io/ws"})", Protocol::kHttp},
           {R"({"port": 80, "appProtocol": "kubernetes.io/wss"})", Protocol::kTls},
           {R"({"port": 80, "name": "http", "protocol": "UDP"})", Protocol::kUdp},
           {R"({"port": 3306})", Protocol::kTcp},
           {R"({"port": 27017, "name": "db"})", Protocol::kTcp},
           {R"({"port": 3306, "name": "http"})", Protocol::kHttp},
       }) {
    EXPECT_EQ(protocol_of(nlohmann::json::parse(port)), protocol) << port;
  }
}

}  // namespace
}  // namespace meshtrace::audit
