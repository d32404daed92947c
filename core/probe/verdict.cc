#include "core/probe/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/policy/glob.h"

namespace meshtrace::probe {
namespace {

// Of each kind: a trace in a hundred pieces is told by its first ones.
constexpr std::size_t kMaxReasons = 5;

std::vector<std::string> services_of(const Tree& tree) {
  std::vector<std::string> services;
  std::set<std::string> known;
  for (const Tree::Line& line : tree.lines) {
    const std::string& service = tree.spans[line.span].service;
    if (known.insert(service).second) services.push_back(service);
  }
  return services;
}

std::vector<Hop> hops_of(const std::vector<std::string>& expected, const std::vector<std::string>& services) {
  std::vector<Hop> hops;
  for (const std::string& pattern : expected) {
    const bool seen = std::any_of(services.begin(), services.end(),
                                  [&](const std::string& service) { return policy::glob_match(pattern, service); });
    hops.push_back({pattern, seen});
  }
  return hops;
}

bool is_dead_end(const Tree& tree, const Tree::Line& line) {
  const SpanKind kind = tree.spans[line.span].kind;
  return !line.has_children && (kind == SpanKind::kClient || kind == SpanKind::kProducer);
}

// "; the call "GET /" of web to cart has nothing behind it" for each call of a hop on which the trace ends. `hop` is a
// name or a glob; lines from `end` on are left out.
std::string dead_ends_of(const Tree& tree, const std::string& hop, std::size_t end) {
  std::string text;
  std::size_t count = 0;
  for (std::size_t i = 0; i < end; ++i) {
    const Span& span = tree.spans[tree.lines[i].span];
    if (!is_dead_end(tree, tree.lines[i]) || !policy::glob_match(hop, span.service)) continue;
    if (++count > kMaxReasons) continue;
    text += fmt::format("; the call \"{}\" of {}{} has nothing behind it", span.operation, span.service,
                        span.peer.empty() ? "" : " to " + span.peer);
  }
  if (count > kMaxReasons) text += fmt::format("; nor have {} calls more", count - kMaxReasons);
  return text;
}

std::string missing_reason(const Tree& tree, const std::vector<Hop>& hops, std::size_t index) {
  const auto seen = [](const Hop& hop) { return hop.seen; };
  const auto at = hops.begin() + static_cast<std::ptrdiff_t>(index);
  const auto before = std::find_if(std::make_reverse_iterator(at), hops.rend(), seen);
  const auto after = std::find_if(at, hops.end(), seen);
  std::string text = fmt::format("{}: no span of it in this trace", at->service);
  if (before != hops.rend() && after != hops.end()) {
    return text +
           fmt::format(
               "; {} before it and {} after it are there, so the context passes and only its spans are "
               "missing: it does not report them, or not here",
               before->service, after->service) +
           dead_ends_of(tree, before->service, tree.lines.size());
  }
  if (before != hops.rend()) {
    return text + fmt::format("; the trace ends between {} and {}", before->service, at->service) +
           dead_ends_of(tree, before->service, tree.lines.size());
  }
  if (after != hops.end()) return text + fmt::format("; the trace begins behind it, at {}", after->service);
  return text;
}

std::size_t end_of_first(const Tree& tree) {
  return tree.fragments.size() > 1 ? tree.fragments[1].first_line : tree.lines.size();
}

std::string fragment_reason(const Tree& tree, const Fragment& fragment) {
  const Span& first = tree.spans[tree.lines[fragment.first_line].span];
  const std::string name = fmt::format("{} \"{}\"", first.service, first.operation);
  if (fragment.start == Start::kOrphan) {
    return fmt::format(
        "{} hangs in the air: no span here has the id of its parent, {}; the hop before it passes the "
        "context on, but its spans are missing here",
        name, first.parent_id);
  }
  return fragment.start == Start::kParentless
             ? fmt::format("{} names no parent: the hop before it kept the trace id alone", name)
             : fmt::format("{} is where the request entered", name) + dead_ends_of(tree, "*", end_of_first(tree));
}

void add_bounded(std::vector<std::string>& reasons, std::vector<std::string> some, std::string_view what) {
  const std::size_t count = some.size();
  some.resize(std::min(count, kMaxReasons));
  for (std::string& reason : some) reasons.push_back(std::move(reason));
  if (count > kMaxReasons) reasons.push_back(fmt::format("and {} {} more", count - kMaxReasons, what));
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  static constexpr std::array<std::string_view, 4> kNames = {"Whole", "HopsMissing", "Fragmented", "NotFound"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

Verdict judge(const Tree& tree, const std::vector<std::string>& expected) {
  Verdict verdict;
  verdict.services = services_of(tree);
  verdict.hops = hops_of(expected, verdict.services);
  if (tree.spans.empty()) {
    verdict.reasons = {
        "the store has no span of this trace: the context was lost before the first hop that reports "
        "spans, that hop does not sample, or it reports to another store or tenant"};
    return verdict;
  }
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < verdict.hops.size(); ++i) {
    if (!verdict.hops[i].seen) missing.push_back(missing_reason(tree, verdict.hops, i));
  }
  std::vector<std::string> loose;
  if (!tree.is_joined()) {
    for (const Fragment& fragment : tree.fragments) loose.push_back(fragment_reason(tree, fragment));
  }
  verdict.outcome = !missing.empty() ? Outcome::kHopsMissing : !loose.empty() ? Outcome::kFragmented : Outcome::kWhole;
  add_bounded(verdict.reasons, std::move(missing), "hops");
  add_bounded(verdict.reasons, std::move(loose), "pieces");
  return verdict;
}

}  // namespace meshtrace::probe
