#include "cli/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>

#include "cli/report/html.h"
#include "cli/report/layout.h"
#include "cli/report/marks.h"

namespace meshtrace::cli {
namespace {

// Level at both ends of each piece between two layers.
std::string path_of(const std::vector<Point>& points) {
  std::string path = fmt::format("M{} {}", points.front().x, points.front().y);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point& from = points[i - 1];
    const Point& to = points[i];
    const int middle = (from.x + to.x) / 2;
    // Every other piece crosses a layer, straight.
    path += i % 2 == 0 ? fmt::format(" L{} {}", to.x, to.y)
                       : fmt::format(" C{} {} {} {} {} {}", middle, from.y, middle, to.y, to.x, to.y);
  }
  return path;
}

std::string joined(std::initializer_list<std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    if (!word.empty()) text += (text.empty() ? "" : " · ") + word;
  }
  return text;
}

class Drawing {
 public:
  Drawing(const Graph& graph, const Shown& shown) : graph_(graph), shown_(shown), layout_(lay_out(graph)) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) number_.emplace(graph.nodes[i].id, i);
  }

  std::string svg() {
    std::string text = fmt::format(
        R"(<svg id="graph" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="group" aria-label="{2}">)"
        "\n<defs>",
        layout_.width, layout_.height,
        fmt::format("The mesh: {}, {}", counted(graph_.nodes.size(), "place"), counted(graph_.edges.size(), "way")));
    for (const std::string_view state : {"healthy", "info", "warning", "error"}) {
      text += fmt::format(R"(<marker id="arrow-{0}" class="arrow {0}" viewBox="0 0 10 10" refX="9" refY="5")"
                          R"( markerUnits="userSpaceOnUse" markerWidth="{1}" markerHeight="{1}" orient="auto">)"
                          R"(<path d="M0 0L10 5L0 10z"/></marker>)",
                          state, state == "error" ? 14 : 10);
    }
    text += "</defs>\n";
    // What is wrong is drawn over what is not, and marks over all.
    for (const bool marked : {false, true}) {
      for (std::size_t i = 0; i < graph_.edges.size(); ++i) {
        if (graph_.edges[i].findings.empty() != marked) text += edge(i);
      }
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) text += node(i);
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) text += mark(i);
    return text + "</svg>";
  }

 private:
  std::string_view state_of(const std::vector<std::size_t>& findings) const {
    const auto worst = worst_of(findings, shown_.findings);
    return worst ? audit::name_of(*worst) : "healthy";
  }

  std::size_t number(const std::string& id) const { return number_.at(id); }

  std::string edge(std::size_t i) const {
    const GraphEdge& it = graph_.edges[i];
    const std::string_view state = state_of(it.findings);
    return fmt::format(
        R"(<g class="edge {}" id="e{}" data-from="n{}" data-to="n{}"><title>{}{}{}</title><path d="{}"/></g>)"
        "\n",
        state, i, number(it.from), number(it.to), html::text(title_of(graph_, it)), it.label.empty() ? "" : ": ",
        html::text(it.label), path_of(layout_.edges[i]));
  }

  std::string node(std::size_t i) const {
    const GraphNode& it = graph_.nodes[i];
    const Point& at = layout_.nodes[i];
    const LayoutOptions sizes;
    const std::string members = it.members > 1 ? counted(it.members, "place") : std::string();
    const std::string ns = it.ns == it.title ? std::string() : it.ns;
    // A workload's part in the mesh says more than its kind.
    const std::string about = members.empty() ? joined({ns, it.mesh.empty() ? it.kind : it.mesh}) : members;
    const std::string_view style = it.is_entry            ? " entry"
                                   : it.members > 1       ? " group"
                                   : it.mesh == "no mesh" ? " unmeshed"
                                                          : "";
    const std::string all = joined({it.title, ns, it.kind, it.mesh, members});
    const std::string link = link_attributes(shown_, it.findings);
    const std::string_view tag = link.empty() ? "span" : "a";
    const auto worst = worst_of(it.findings, shown_.findings);
    const std::string badge =
        worst ? fmt::format(R"(<span class="badge">{} {}<span class="unseen"> {}</span></span>)", sign_of(*worst),
                            it.findings.size(), it.findings.size() == 1 ? "finding" : "findings")
              : std::string();
    return fmt::format(
        R"(<foreignObject x="{}" y="{}" width="{}" height="{}"><{} class="card {}{}" id="n{}"{} title="{}">)"
        R"(<bdi class="name">{}</bdi><bdi class="about">{}</bdi>{}</{}></foreignObject>)"
        "\n",
        at.x, at.y, sizes.node_width, sizes.node_height, tag, state_of(it.findings), style, i, link, html::text(all),
        html::text(it.title), html::text(about), badge, tag);
  }

  std::string mark(std::size_t i) {
    const GraphEdge& it = graph_.edges[i];
    const auto worst = worst_of(it.findings, shown_.findings);
    if (!worst) return {};
    // The worst finding's code speaks for all.
    const auto first = std::max_element(it.findings.begin(), it.findings.end(), [&](std::size_t a, std::size_t b) {
      return shown_.findings[a].severity < shown_.findings[b].severity;
    });
    const std::string link = link_attributes(shown_, it.findings);
    const std::string_view tag = link.empty() ? "span" : "a";
    const Point at = marks_.next(layout_.edges[i]);
    return fmt::format(
        R"(<foreignObject x="{}" y="{}" width="{}" height="{}"><{} class="mark {}" data-edge="e{}"{} title="{}">)"
        "{} {}{}</{}></foreignObject>\n",
        at.x, at.y, kMarkWidth, kMarkHeight, tag, audit::name_of(*worst), i, link, html::text(title_of(graph_, it)),
        sign_of(*worst), html::text(shown_.findings[*first].code),
        it.findings.size() > 1 ? fmt::format(" +{}", it.findings.size() - 1) : "", tag);
  }

  const Graph& graph_;
  const Shown& shown_;
  Layout layout_;
  std::map<std::string_view, std::size_t> number_;  // of the node with the id
  MarkPlaces marks_;
};

}  // namespace

std::string svg_of(const Graph& graph, const Shown& shown) { return Drawing(graph, shown).svg(); }

}  // namespace meshtrace::cli
