#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/report/collapse.h"
#include "cli/report/layout.h"
#include "cli/report/marks.h"

namespace meshtrace::cli {
namespace {

using testing::ElementsAre;

GraphNode node(std::string id, std::string ns = "", std::vector<std::size_t> findings = {}) {
  return {.id = id, .title = id, .ns = std::move(ns), .kind = "workload", .mesh = "", .findings = std::move(findings)};
}

GraphEdge edge(std::string from, std::string to, std::vector<std::size_t> findings = {}) {
  return {.from = std::move(from), .to = std::move(to), .label = "HTTP 80", .findings = std::move(findings)};
}

std::vector<std::string> ids(const Graph& graph) {
  std::vector<std::string> ids;
  for (const GraphNode& node : graph.nodes) ids.push_back(node.id);
  return ids;
}

// Three namespaces of three workloads behind an entry; b/2 → b/3 loses the trace.
Graph three_namespaces() {
  Graph graph;
  graph.nodes.push_back(node("outside"));
  graph.nodes.back().is_entry = true;
  for (const std::string ns : {"a", "b", "c"}) {
    for (const std::string name : {"1", "2", "3"}) graph.nodes.push_back(node(ns + "/" + name, ns));
    graph.edges.push_back(edge("outside", ns + "/1"));
    graph.edges.push_back(edge(ns + "/1", ns + "/2"));
    graph.edges.push_back(edge(ns + "/2", ns + "/3"));
  }
  graph.edges[5].findings = {0};
  return graph;
}

std::vector<audit::Finding> one_error() {
  audit::Finding finding;
  finding.severity = audit::Severity::kError;
  return {finding};
}

TEST(Collapse, LeavesAGraphWithinItsLimitsAlone) {
  EXPECT_EQ(ids(collapse(three_namespaces(), one_error(), {.nodes = 10})), ids(three_namespaces()));
}

TEST(Collapse, DrawsHealthyNamespacesAsOneNodeEach) {
  const Graph graph = collapse(three_namespaces(), one_error(), {.nodes = 9});
  EXPECT_THAT(ids(graph), ElementsAre("outside", "namespace:a", "b/1", "b/2", "b/3", "namespace:c"));
  EXPECT_EQ(graph.nodes[1].members, 3u);
  EXPECT_EQ(graph.nodes[1].title, "a");
}

TEST(Collapse, ThenTheHealthyPlacesOfANamespace) {
  Graph graph = three_namespaces();
  for (const std::string id : {"b/4", "b/5"}) graph.nodes.push_back(node(id, "b"));
  EXPECT_THAT(ids(collapse(graph, one_error(), {.nodes = 7})),
              ElementsAre("outside", "namespace:a", "namespace:b", "b/2", "b/3", "namespace:c"));
}

TEST(Collapse, ThenEveryNamespace) {
  EXPECT_THAT(ids(collapse(three_namespaces(), one_error(), {.nodes = 5})),
              ElementsAre("outside", "namespace:a", "namespace:b", "namespace:c"));
}

TEST(Collapse, ThenAllButTheWorst) {
  EXPECT_THAT(ids(collapse(three_namespaces(), one_error(), {.nodes = 3})),
              ElementsAre("outside", "more:", "namespace:b"));
}

TEST(Collapse, KeepsTheHopThatLosesTheTraceInSight) {
  for (const std::size_t limit : {10, 9, 6}) {
    const Graph graph = collapse(three_namespaces(), one_error(), {.nodes = limit});
    int marked = 0;
    for (const GraphEdge& edge : graph.edges) {
      if (edge.findings.empty()) continue;
      ++marked;
      EXPECT_EQ(edge.from + " " + edge.to, "b/2 b/3");
    }
    EXPECT_EQ(marked, 1) << limit;
  }
}

TEST(Collapse, KeepsFindingsWhateverTheLimit) {
  for (std::size_t limit = 1; limit <= 10; ++limit) {
    const Graph graph = collapse(three_namespaces(), one_error(), {.nodes = limit});
    EXPECT_LE(graph.nodes.size(), limit);
    std::set<std::size_t> findings;
    std::set<std::string> known;
    for (const GraphNode& node : graph.nodes) {
      findings.insert(node.findings.begin(), node.findings.end());
      EXPECT_TRUE(known.insert(node.id).second) << node.id;
    }
    for (const GraphEdge& edge : graph.edges) {
      findings.insert(edge.findings.begin(), edge.findings.end());
      EXPECT_TRUE(known.contains(edge.from) && known.contains(edge.to)) << edge.from << " " << edge.to;
    }
    EXPECT_THAT(findings, ElementsAre(0)) << limit;
  }
}

TEST(Collapse, LeavesOutHealthyWaysFirst) {
  const Graph graph = collapse(three_namespaces(), one_error(), {.nodes = 10, .edges = 2});
  ASSERT_EQ(graph.edges.size(), 2u);
  EXPECT_THAT(graph.edges[0].findings, ElementsAre(0));
  EXPECT_EQ(graph.hidden_edges, 7u);
}

TEST(Layout, RunsFromTheEntryToTheRight) {
  const Graph graph = three_namespaces();
  const Layout layout = lay_out(graph);
  ASSERT_EQ(layout.nodes.size(), graph.nodes.size());
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    EXPECT_LT(layout.edges[i].front().x, layout.edges[i].back().x) << graph.edges[i].to;
  }
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) EXPECT_GT(layout.nodes[i].x, layout.nodes[0].x);
}

// A shop with a way that leads back, one that skips layers, and a workload that nothing calls.
Graph tangled() {
  Graph graph;
  for (const std::string id : {"a", "b", "c", "d", "cron", "outside"}) graph.nodes.push_back(node(id));
  graph.nodes.back().is_entry = true;
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"outside", "a"}, {"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "b"}, {"a", "d"}, {"cron", "d"}}) {
    graph.edges.push_back(edge(from, to));
  }
  return graph;
}

TEST(Layout, DrawsWaysThatLeadBackFromRightToLeft) {
  const Layout layout = lay_out(tangled());
  EXPECT_GT(layout.edges[4].front().x, layout.edges[4].back().x);
}

TEST(Layout, PutsWhatNothingCallsNextToWhatItCalls) {
  const Layout layout = lay_out(tangled());
  EXPECT_EQ(layout.nodes[4].x, layout.nodes[2].x) << "cron stands in c's column, before d";
}

TEST(Layout, LetsNothingOverlap) {
  Graph wide = three_namespaces();
  for (int i = 0; i < 40; ++i) {
    const std::string id = "b/more" + std::to_string(i);
    wide.nodes.push_back(node(id, "b"));
    wide.edges.push_back(edge(i % 3 == 0 ? "outside" : "b/1", id));
    wide.edges.push_back(edge(id, "c/" + std::to_string(1 + i % 3)));
  }
  const LayoutOptions sizes;
  for (const Graph& graph : {three_namespaces(), tangled(), wide}) {
    const Layout layout = lay_out(graph);
    for (std::size_t a = 0; a < layout.nodes.size(); ++a) {
      EXPECT_GE(layout.nodes[a].x, 0);
      EXPECT_GE(layout.nodes[a].y, 0);
      EXPECT_LE(layout.nodes[a].x + sizes.node_width, layout.width);
      EXPECT_LE(layout.nodes[a].y + sizes.node_height, layout.height);
      for (std::size_t b = a + 1; b < layout.nodes.size(); ++b) {
        if (layout.nodes[a].x != layout.nodes[b].x) continue;
        EXPECT_GE(std::abs(layout.nodes[a].y - layout.nodes[b].y), sizes.node_height) << a << " " << b;
      }
      // Edges pass between nodes: no bend lies within one.
      for (const auto& points : layout.edges) {
        for (std::size_t i = 1; i + 1 < points.size(); ++i) {
          if (points[i].x < layout.nodes[a].x || points[i].x > layout.nodes[a].x + sizes.node_width) continue;
          EXPECT_FALSE(points[i].y >= layout.nodes[a].y && points[i].y <= layout.nodes[a].y + sizes.node_height);
        }
      }
    }
  }
}

TEST(Layout, BearsALongChainAndNothing) {
  EXPECT_TRUE(lay_out({}).nodes.empty());
  Graph chain;
  constexpr std::size_t kLength = 150;
  for (std::size_t i = 0; i < kLength; ++i) chain.nodes.push_back(node(std::to_string(i)));
  for (std::size_t i = 1; i < kLength; ++i) chain.edges.push_back(edge(std::to_string(i - 1), std::to_string(i)));
  const Layout layout = lay_out(chain);
  EXPECT_EQ(layout.nodes.front().y, layout.nodes.back().y);
}

TEST(Marks, HideNeitherOneAnotherNorAPlace) {
  Graph fan;
  fan.nodes.push_back(node("gateway"));
  for (int i = 0; i < 40; ++i) {
    fan.nodes.push_back(node("app-" + std::to_string(i)));
    fan.edges.push_back(edge("gateway", fan.nodes.back().id, {0}));
  }
  const LayoutOptions sizes;
  for (const Graph& graph : {fan, tangled()}) {
    const Layout layout = lay_out(graph);
    MarkPlaces places;
    std::vector<Point> given;
    for (const auto& points : layout.edges) {
      const Point at = places.next(points);
      for (const Point& other : given) {
        EXPECT_TRUE(std::abs(at.x - other.x) >= kMarkWidth || std::abs(at.y - other.y) >= kMarkHeight);
      }
      for (const Point& place : layout.nodes) {
        EXPECT_FALSE(at.x + kMarkWidth > place.x && at.x < place.x + sizes.node_width && at.y + kMarkHeight > place.y &&
                     at.y < place.y + sizes.node_height);
      }
      given.push_back(at);
    }
  }
}

}  // namespace
}  // namespace meshtrace::cli
