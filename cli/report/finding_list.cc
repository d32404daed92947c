#include "cli/report/finding_list.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "cli/report/html.h"
#include "cli/report/markdown.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

using audit::Finding;
using audit::Severity;

constexpr Severity kWorstFirst[] = {Severity::kError, Severity::kWarning, Severity::kInfo};

// Below the fragment's # of docs/checks.md, and here: "mt0101".
std::string anchor_of(std::string_view code) {
  const std::string anchor = audit::docs_anchor(code);
  return anchor.substr(anchor.find('#') + 1);
}

std::string severity_label(Severity severity) {
  return fmt::format(R"(<span class="severity {0}"><span class="sign" aria-hidden="true">{1}</span>{0}</span>)",
                     audit::name_of(severity), sign_of(severity));
}

// "#e3" or "#n5": where each finding stands in the drawing; ways before places.
std::vector<std::string> places_in(const Graph& graph, std::size_t findings) {
  std::vector<std::string> places(findings);
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    for (const std::size_t finding : graph.nodes[node].findings) places[finding] = fmt::format("#n{}", node);
  }
  for (std::size_t edge = 0; edge < graph.edges.size(); ++edge) {
    for (const std::size_t finding : graph.edges[edge].findings) places[finding] = fmt::format("#e{}", edge);
  }
  return places;
}

std::string row(std::string_view term, std::string_view value_html) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", term, value_html);
}

std::string code(std::string_view text) { return "<code>" + html::text(text) + "</code>"; }

std::string facts(const Finding& finding, const std::string& place_in_mesh) {
  std::string text =
      row("Object", html::text(finding.object.title()) +
                        (place_in_mesh.empty()
                             ? std::string()
                             : fmt::format(R"( <a class="locate" href="{}">show in the mesh</a>)", place_in_mesh)));
  if (!finding.field.empty()) text += row("Field", code(finding.field));
  if (!finding.file.empty()) text += row("File", code(fmt::format("{}:{}", finding.file, finding.line)));
  return text;
}

std::string fix_of(const Finding& finding) {
  if (finding.fix.empty()) return {};
  return fmt::format(
      "<div class=\"fix\"><h4>Fix</h4><button type=\"button\" class=\"copy scripted\">Copy</button>\n"
      "<pre><code>{}</code></pre></div>\n",
      html::text(finding.fix));
}

std::string article(const Finding& finding, std::size_t place, const std::string& place_in_mesh) {
  const audit::Check* check = audit::find_check(finding.code);
  return fmt::format(
      R"(<article class="finding {severity}" id="f{place}" data-severity="{severity}" data-namespace="{ns}")"
      " data-code=\"{code}\">\n"
      "<h3>{label} <a class=\"code\" href=\"#{anchor}\">{code}</a> <span class=\"title\">{title}</span></h3>\n"
      "<p class=\"message\">{message}</p>\n<dl>\n{facts}</dl>\n{fix}</article>\n",
      fmt::arg("severity", audit::name_of(finding.severity)), fmt::arg("place", place),
      fmt::arg("ns", html::text(finding.object.ns)), fmt::arg("code", html::text(finding.code)),
      fmt::arg("label", severity_label(finding.severity)), fmt::arg("anchor", html::text(anchor_of(finding.code))),
      fmt::arg("title", html::text(check == nullptr ? std::string_view() : check->title)),
      fmt::arg("message", html::text(finding.message)), fmt::arg("facts", facts(finding, place_in_mesh)),
      fmt::arg("fix", fix_of(finding)));
}

std::string option(std::string_view value, std::string_view name, std::size_t count) {
  return fmt::format("<option value=\"{}\">{} ({})</option>\n", html::text(value), html::text(name), count);
}

}  // namespace

std::string finding_list(const Shown& shown, const Graph& graph) {
  if (shown.order.empty()) return "<p class=\"none\">No findings.</p>\n";
  const std::vector<std::string> places = places_in(graph, shown.findings.size());
  std::string text;
  for (const std::size_t place : shown.order) text += article(shown.findings[place], place, places[place]);
  return text;
}

std::string severity_boxes(const Shown& shown) {
  std::map<Severity, std::size_t> counts;
  for (const std::size_t place : shown.order) ++counts[shown.findings[place].severity];
  std::string text;
  for (const Severity severity : kWorstFirst) {
    text += fmt::format(R"(<label><input type="checkbox" name="severity" value="{}" checked>{} <b>{}</b></label>)"
                        "\n",
                        audit::name_of(severity), severity_label(severity), counts[severity]);
  }
  return text;
}

std::string namespace_options(const Shown& shown) {
  std::map<std::string, std::size_t> counts;
  for (const std::size_t place : shown.order) ++counts[shown.findings[place].object.ns];
  std::string text;
  // A namespace's name is never one that begins with a hyphen.
  for (const auto& [ns, count] : counts)
    text += option(ns.empty() ? "-" : ns, ns.empty() ? "cluster-scoped" : ns, count);
  return text;
}

std::string code_options(const Shown& shown) {
  std::map<std::string, std::size_t> counts;
  for (const std::size_t place : shown.order) ++counts[shown.findings[place].code];
  std::string text;
  for (const auto& [code, count] : counts) {
    const audit::Check* check = audit::find_check(code);
    text += option(code, check == nullptr ? code : fmt::format("{} {}", code, check->title), count);
  }
  return text;
}

std::string check_pages(const Shown& shown) {
  std::set<std::string> codes;
  for (const std::size_t place : shown.order) codes.insert(shown.findings[place].code);
  std::string text;
  for (const std::string& code : codes) {
    const audit::Check* check = audit::find_check(code);
    if (check == nullptr) continue;
    text += fmt::format(
        "<section class=\"check\" id=\"{}\">\n<h3><span class=\"code\">{}</span> {}</h3>\n"
        "<p class=\"effect\">{}</p>\n{}<p class=\"source\"><code>{}</code></p>\n</section>\n",
        html::text(anchor_of(code)), html::text(code), html::text(check->title), html::text(check->effect),
        markdown_html(check->page), html::text(audit::docs_anchor(code)));
  }
  return text;
}

}  // namespace meshtrace::cli
