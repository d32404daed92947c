#include "cli/audit_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/report/shown.h"

namespace meshtrace::cli {
namespace {

using audit::Severity;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEvil = "</script><img src=x onerror=alert(1)>\"' {{script}}";

audit::Finding finding(std::string code, Severity severity, std::string name = "checkout") {
  audit::Finding finding;
  finding.code = std::move(code);
  finding.severity = severity;
  finding.message = "The trace ends here.";
  finding.object = {"networking.istio.io/v1", "VirtualService", "shop", std::move(name)};
  return finding;
}

Graph one_hop(std::vector<std::size_t> findings) {
  return {.nodes = {{.id = "a", .title = "ingress", .ns = "istio-system", .kind = "gateway", .mesh = ""},
                    {.id = "b", .title = "checkout", .ns = "shop", .kind = "Deployment", .mesh = "sidecar"}},
          .edges = {{.from = "a", .to = "b", .label = "HTTP 80", .findings = std::move(findings)}}};
}

std::string page_of(const audit::Audited& audited, Graph graph = {}) {
  return audit_html({.audited = audited, .partial = false, .notes = {}, .graph = std::move(graph)});
}

TEST(AuditHtml, SaysFirstHowManyHopsLoseTheTrace) {
  struct Case {
    audit::Audited audited;
    Graph graph;
    std::string verdict;
  };
  const auto error = finding("MT0101", Severity::kError);
  const auto warning = finding("MT0402", Severity::kWarning);
  for (const auto& [audited, graph, verdict] : {
           Case{{.findings = {error, error}}, one_hop({0, 1}), "1 hop loses the trace"},
           Case{{.findings = {error, error}}, {}, "2 errors break traces"},
           Case{{.findings = {warning}}, one_hop({0}), "Traces may break: 1 warning"},
           Case{{.findings = {}}, one_hop({}), "Nothing found that breaks a trace"},
       }) {
    EXPECT_THAT(page_of(audited, graph), HasSubstr("<h1>" + verdict + "</h1>"));
  }
}

TEST(AuditHtml, MarksTheHopAndLinksItWithItsFinding) {
  const std::string page = page_of({.findings = {finding("MT0101", Severity::kError)}}, one_hop({0}));
  EXPECT_THAT(page,
              AllOf(HasSubstr(R"(<g class="edge error" id="e0")"),
                    HasSubstr(R"(class="mark error" data-edge="e0" href="#f0" data-findings="0")"),
                    HasSubstr("<article class=\"finding error\" id=\"f0\""),
                    HasSubstr(R"(<a class="locate" href="#e0">)"), HasSubstr("istio-system/ingress → shop/checkout")));
}

TEST(AuditHtml, ListsTheWorstFirst) {
  const std::string page =
      page_of({.findings = {finding("MT0803", Severity::kInfo), finding("MT0101", Severity::kError)}});
  EXPECT_LT(page.find("id=\"f1\""), page.find("id=\"f0\""));
}

TEST(AuditHtml, InterpretsNothingOfTheData) {
  const std::string evil(kEvil);
  audit::Audited audited{.findings = {finding("MT0101", Severity::kError)}};
  audit::Finding& it = audited.findings.front();
  it.message = it.object.kind = it.object.ns = it.object.name = it.field = it.fix = it.file = it.code = evil;
  Graph graph = one_hop({0});
  graph.nodes[0].title = graph.nodes[0].ns = graph.nodes[0].kind = graph.nodes[0].mesh = evil;
  graph.edges[0].label = evil;
  graph.nodes[0].findings = {0};
  const std::string page =
      audit_html({.audited = audited, .partial = true, .notes = {evil}, .graph = std::move(graph)});
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<img")), Not(HasSubstr("\"' {{")), HasSubstr("&lt;/script&gt;&lt;img")));
  EXPECT_THAT(page, HasSubstr("{{script}}")) << "what is filled in is not filled again";
  EXPECT_EQ(page.find("</script>"), page.rfind("</script>"));
}

TEST(AuditHtml, LetsNothingRunOrLoadButItsOwnParts) {
  const std::string page = page_of({});
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("{{")), Not(HasSubstr("http:")), Not(HasSubstr("https:")),
                          Not(HasSubstr(" src=")), Not(HasSubstr(" style="))));
}

TEST(AuditHtml, SaysWhatCouldNotBeRead) {
  const std::string page =
      audit_html({.audited = {}, .partial = true, .notes = {"shop.yaml:3: the text ends in a quote"}, .graph = {}});
  EXPECT_THAT(page, AllOf(HasSubstr("Not everything could be read"), HasSubstr("shop.yaml:3: the text ends in a quote"),
                          HasSubstr("Nothing found that breaks a trace, in what could be read")));
}

TEST(AuditHtml, IsWholeWithoutFindings) {
  EXPECT_THAT(page_of({.findings = {}, .objects = 7}, one_hop({})),
              AllOf(HasSubstr("No findings."), HasSubstr("<b>7</b> objects looked at"), HasSubstr("id=\"e0\"")));
  EXPECT_THAT(page_of({}), HasSubstr("No way of a request is known"));
}

TEST(AuditHtml, CountsWhatItDoesNotList) {
  audit::Audited audited;
  for (std::size_t i = 0; i < kMaxFindingsOnPage; ++i) audited.findings.push_back(finding("MT0803", Severity::kInfo));
  audited.findings.push_back(finding("MT0101", Severity::kError));
  const std::string page = page_of(audited, one_hop({0, kMaxFindingsOnPage - 1, kMaxFindingsOnPage}));
  EXPECT_THAT(page, HasSubstr("The worst 5000 of 5001 findings are listed"));
  EXPECT_THAT(page, HasSubstr("id=\"f5000\"")) << "the error, which came last";
  EXPECT_THAT(page, Not(HasSubstr("id=\"f4999\"")));
  EXPECT_THAT(page, HasSubstr(R"(href="#f5000" data-findings="5000 0")")) << "links lead to what is listed";
}

TEST(AuditHtml, IsTheSameForTheSameInput) {
  const audit::Audited audited{.findings = {finding("MT0101", Severity::kError)}};
  EXPECT_EQ(page_of(audited, one_hop({0})), page_of(audited, one_hop({0})));
}

}  // namespace
}  // namespace meshtrace::cli
