#include "cli/probe_waterfall.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "cli/table.h"
#include "kube/reply.h"

namespace meshtrace::cli {
namespace {

// What a person reads; `-o json` has every span.
constexpr std::size_t kMaxRows = 500;
constexpr std::size_t kMaxIndent = 16;  // levels; a deeper span says its level instead
constexpr std::size_t kMaxName = 80;    // bytes of a service's or operation's name
constexpr std::size_t kBarWidth = 24;   // characters

std::string bar(const probe::Span& span, const probe::Tree& tree) {
  const auto whole = static_cast<double>(std::max<std::int64_t>(tree.end_ns - tree.begin_ns, 1));
  const auto place = [&](std::int64_t since_begin) {
    return static_cast<std::size_t>(static_cast<double>(since_begin) / whole * kBarWidth);
  };
  const std::int64_t offset = span.start_ns - tree.begin_ns;
  const std::size_t begin = std::min(place(offset), kBarWidth - 1);
  const std::int64_t room = tree.end_ns - span.start_ns;
  const std::size_t end = std::clamp(place(offset + std::min(span.duration_ns, room)), begin + 1, kBarWidth);
  return "|" + std::string(begin, ' ') + std::string(end - begin, '=') + std::string(kBarWidth - end, ' ') + "|";
}

// Spans of a piece that hangs in the air stand below its first one, which is marked.
std::string name_cell(const probe::Tree::Line& line, const probe::Span& span, bool hangs) {
  std::string indent(2 * std::min(line.depth, kMaxIndent), ' ');
  if (hangs) indent = line.depth == 0 ? "? " : "  " + indent;
  if (line.depth > kMaxIndent) indent += fmt::format("({}) ", line.depth);
  const std::string& service = span.service.empty() ? "(no service.name)" : span.service;
  return fmt::format("{}{}: {}", indent, kube::cut(service, kMaxName), kube::cut(span.operation, kMaxName));
}

}  // namespace

std::string span_time(std::int64_t nanoseconds) {
  constexpr double kUs = 1e3;
  constexpr double kMs = 1e6;
  constexpr double kS = 1e9;
  const auto value = static_cast<double>(nanoseconds);
  const double size = value < 0 ? -value : value;
  if (size < kMs) return fmt::format("{:.0f} µs", value / kUs);
  if (size < kS) return fmt::format("{:.1f} ms", value / kMs);
  return fmt::format("{:.2f} s", value / kS);
}

std::string waterfall(const probe::Tree& tree) {
  std::vector<std::vector<std::string>> rows{{"SPAN", "KIND", "START", "DURATION", "STATUS", "TIMELINE"}};
  std::size_t fragment = 0;
  bool any_hangs = false;
  for (std::size_t i = 0; i < std::min(tree.lines.size(), kMaxRows); ++i) {
    const probe::Tree::Line& line = tree.lines[i];
    const probe::Span& span = tree.spans[line.span];
    while (fragment + 1 < tree.fragments.size() && tree.fragments[fragment + 1].first_line <= i) ++fragment;
    const bool hangs = tree.fragments[fragment].start == probe::Start::kOrphan;
    any_hangs = any_hangs || hangs;
    rows.push_back({name_cell(line, span, hangs), std::string(probe::kind_name(span.kind)),
                    "+" + span_time(span.start_ns - tree.begin_ns), span_time(span.duration_ns),
                    span.failed ? "error" : "ok", bar(span, tree)});
  }
  std::string out = table(rows);
  if (any_hangs) out += "? hangs in the air: the parent that it names is not in this trace\n";
  if (tree.lines.size() > kMaxRows) out += fmt::format("and {} spans more (-o json)\n", tree.lines.size() - kMaxRows);
  return out;
}

}  // namespace meshtrace::cli
