#include "cli/audit_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "cli/audit_output.h"
#include "cli/report/collapse.h"
#include "cli/report/finding_list.h"
#include "cli/report/html.h"
#include "cli/report/page_files.h"
#include "cli/report/shown.h"
#include "cli/report/svg.h"

namespace meshtrace::cli {
namespace {

using audit::Severity;

constexpr std::size_t kMaxHopsListed = 8;  // above the drawing, which has all of them

// {{name}} in the page becomes its part. What is put in is not looked at again, whatever it contains.
std::string fill(std::string_view page, const std::map<std::string_view, std::string>& parts) {
  std::string out;
  while (true) {
    const std::size_t begin = page.find("{{");
    const std::size_t end = page.find("}}", std::min(begin, page.size()));
    out += page.substr(0, begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return out;
    out += parts.at(page.substr(begin + 2, end - begin - 2));
    page.remove_prefix(end + 2);
  }
}

std::vector<const GraphEdge*> hops_that_lose(const AuditPage& page) {
  std::vector<const GraphEdge*> hops;
  for (const GraphEdge& edge : page.graph.edges) {
    if (worst_of(edge.findings, page.audited.findings) == Severity::kError) hops.push_back(&edge);
  }
  return hops;
}

std::string verdict(const AuditPage& page) {
  const std::size_t hops = hops_that_lose(page).size();
  const auto [errors, warnings, infos] = count(page.audited.findings);
  if (hops > 0) return fmt::format("{} {} the trace", counted(hops, "hop"), hops == 1 ? "loses" : "lose");
  if (errors > 0) return fmt::format("{} {} traces", counted(errors, "error"), errors == 1 ? "breaks" : "break");
  if (warnings > 0) return fmt::format("Traces may break: {}", counted(warnings, "warning"));
  return page.partial ? "Nothing found that breaks a trace, in what could be read"
                      : "Nothing found that breaks a trace";
}

std::string counts(const AuditPage& page) {
  const auto [errors, warnings, infos] = count(page.audited.findings);
  const auto item = [](std::string_view style, std::size_t number, std::string_view noun) {
    return fmt::format("<li class=\"{}\"><b>{}</b> {}</li>\n", style, number, noun);
  };
  return item("error", errors, errors == 1 ? "error" : "errors") +
         item("warning", warnings, warnings == 1 ? "warning" : "warnings") + item("info", infos, "info") +
         item("suppressed", page.audited.suppressed, "suppressed") +
         item("objects", page.audited.objects, page.audited.objects == 1 ? "object looked at" : "objects looked at");
}

std::string notes(const AuditPage& page) {
  if (!page.partial && page.notes.empty()) return {};
  std::string text = "<aside class=\"notes\">\n";
  if (page.partial) text += "<h2>Not everything could be read</h2>\n";
  text += "<ul>\n";
  for (const std::string& note : page.notes) text += "<li>" + html::text(note) + "</li>\n";
  return text + "</ul>\n</aside>\n";
}

// The hops that lose the trace in words: for a phone, and for those who do not see the drawing.
std::string hops(const AuditPage& page, const Shown& shown) {
  const std::vector<const GraphEdge*> losing = hops_that_lose(page);
  if (losing.empty()) return {};
  std::string text = "<ul class=\"hops\">\n";
  for (std::size_t i = 0; i < std::min(losing.size(), kMaxHopsListed); ++i) {
    const std::string link = link_attributes(shown, losing[i]->findings);
    const std::string title = html::text(title_of(page.graph, *losing[i]));
    text += fmt::format("<li><a title=\"{0}\"{1}><span class=\"sign\" aria-hidden=\"true\">{2}</span>{0}</a></li>\n",
                        title, link, sign_of(Severity::kError));
  }
  if (losing.size() > kMaxHopsListed) text += fmt::format("<li>and {} more</li>\n", losing.size() - kMaxHopsListed);
  return text + "</ul>\n";
}

std::string caption(const AuditPage& page, const Graph& drawn) {
  std::string text;
  if (drawn.nodes.empty()) text += "No way of a request is known from what was read. ";
  if (drawn.nodes.size() < page.graph.nodes.size()) {
    text += fmt::format("{} are too many to draw one by one: those of a namespace are drawn together. ",
                        counted(page.graph.nodes.size(), "place"));
  }
  if (drawn.hidden_nodes > 0) {
    text += fmt::format("{} without a known way to or from it and without a finding {} left out. ",
                        counted(drawn.hidden_nodes, "place"), drawn.hidden_nodes == 1 ? "is" : "are");
  }
  if (drawn.hidden_edges > 0) text += fmt::format("{} not drawn. ", counted(drawn.hidden_edges, "way"));
  return text;
}

std::string unlisted(const Shown& shown) {
  if (shown.order.size() == shown.findings.size()) return {};
  return fmt::format(
      "<p class=\"unlisted\">The worst {} of {} findings are listed; narrow the audit with "
      "<code>-n</code> or <code>--include</code> to see others.</p>\n",
      shown.order.size(), shown.findings.size());
}

}  // namespace

std::string audit_html(const AuditPage& page) {
  const Shown shown = shown_of(page.audited.findings, kMaxFindingsOnPage);
  const Graph drawn = collapse(page.graph, page.audited.findings);
  return fill(kPageHtml, {
                             {"style-hash", html::source_hash(kPageCss)},
                             {"script-hash", html::source_hash(kPageJs)},
                             {"style", std::string(kPageCss)},
                             {"script", std::string(kPageJs)},
                             {"verdict", verdict(page)},
                             {"counts", counts(page)},
                             {"notes", notes(page)},
                             {"hops", hops(page, shown)},
                             {"graph", drawn.nodes.empty() ? std::string() : svg_of(drawn, shown)},
                             {"caption", caption(page, drawn)},
                             {"severities", severity_boxes(shown)},
                             {"namespaces", namespace_options(shown)},
                             {"codes", code_options(shown)},
                             {"listed", std::to_string(shown.order.size())},
                             {"unlisted", unlisted(shown)},
                             {"findings", finding_list(shown, drawn)},
                             {"checks", check_pages(shown)},
                         });
}

}  // namespace meshtrace::cli
