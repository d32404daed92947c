#include "core/probe/tree.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace meshtrace::probe {
namespace {

bool is_calling(const Span& span) { return span.kind == SpanKind::kClient || span.kind == SpanKind::kProducer; }

// Stores repeat spans: parts of a reply overlap, replicas answer both. What Zipkin lets share an id differs in its
// side.
std::vector<Span> without_duplicates(std::vector<Span> spans, std::size_t& duplicates) {
  std::set<std::pair<std::string, bool>> seen;
  const auto repeated = std::remove_if(
      spans.begin(), spans.end(), [&](const Span& span) { return !seen.insert({span.id, is_calling(span)}).second; });
  duplicates = static_cast<std::size_t>(std::distance(repeated, spans.end()));
  spans.erase(repeated, spans.end());
  return spans;
}

class Builder {
 public:
  Builder(Tree& tree, const std::string& request_span_id) : tree_(tree), children_(tree.spans.size()) {
    link(request_span_id);
  }

  void add_fragments() {
    for (const Start start : {Start::kRequest, Start::kParentless, Start::kOrphan}) {
      for (const auto& [root, its_start] : roots_) {
        if (its_start == start) add_fragment(root, start);
      }
    }
    // What no root leads to is a circle of parents; it is opened at its earliest span.
    for (const std::size_t span : by_start()) {
      if (!placed_.contains(span)) add_fragment(span, Start::kOrphan);
    }
  }

 private:
  // Of spans that share an id the server's comes last here, and so stands for it as a parent.
  void link(const std::string& request_span_id) {
    std::map<std::string, std::size_t> by_id;
    for (const bool calling : {true, false}) {
      for (std::size_t i = 0; i < tree_.spans.size(); ++i) {
        if (is_calling(tree_.spans[i]) == calling) by_id[tree_.spans[i].id] = i;
      }
    }
    const auto callers = calling_by_id();
    for (const std::size_t i : by_start()) {
      const Span& span = tree_.spans[i];
      const auto twin = callers.find(span.id);
      const auto parent = by_id.find(span.parent_id);
      if (!is_calling(span) && twin != callers.end()) {
        children_[twin->second].push_back(i);
      } else if (span.parent_id.empty()) {
        roots_.emplace_back(i, Start::kParentless);
      } else if (parent != by_id.end()) {
        children_[parent->second].push_back(i);
      } else {
        roots_.emplace_back(i, span.parent_id == request_span_id ? Start::kRequest : Start::kOrphan);
      }
    }
  }

  [[nodiscard]] std::map<std::string, std::size_t> calling_by_id() const {
    std::map<std::string, std::size_t> callers;
    for (std::size_t i = 0; i < tree_.spans.size(); ++i) {
      if (is_calling(tree_.spans[i])) callers[tree_.spans[i].id] = i;
    }
    return callers;
  }

  [[nodiscard]] std::vector<std::size_t> by_start() const {
    std::vector<std::size_t> order(tree_.spans.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [this](std::size_t left, std::size_t right) {
      const Span& a = tree_.spans[left];
      const Span& b = tree_.spans[right];
      return std::tie(a.start_ns, a.id, left) < std::tie(b.start_ns, b.id, right);
    });
    return order;
  }

  // Without recursion: a hostile store may answer with one chain of all spans.
  void add_fragment(std::size_t root, Start start) {
    tree_.fragments.push_back({start, tree_.lines.size()});
    std::vector<std::pair<std::size_t, std::size_t>> waiting{{root, 0}};  // span and depth, the next one last
    while (!waiting.empty()) {
      const auto [span, depth] = waiting.back();
      waiting.pop_back();
      if (!placed_.insert(span).second) continue;
      const auto& below = children_[span];
      tree_.lines.push_back({span, depth, !below.empty()});
      for (auto child = below.rbegin(); child != below.rend(); ++child) waiting.emplace_back(*child, depth + 1);
    }
  }

  Tree& tree_;
  std::vector<std::vector<std::size_t>> children_;  // by start time
  std::vector<std::pair<std::size_t, Start>> roots_;
  std::set<std::size_t> placed_;
};

}  // namespace

bool Tree::is_joined() const {
  const auto is_entry = [](const Fragment& fragment) { return fragment.start == Start::kRequest; };
  if (fragments.size() == 1) return fragments.front().start != Start::kOrphan;
  return !fragments.empty() && std::all_of(fragments.begin(), fragments.end(), is_entry);
}

Tree build_tree(std::vector<Span> spans, const std::string& request_span_id) {
  Tree tree;
  tree.spans = without_duplicates(std::move(spans), tree.duplicates);
  if (tree.spans.empty()) return tree;
  Builder(tree, request_span_id).add_fragments();
  tree.begin_ns = tree.spans.front().start_ns;
  for (const Span& span : tree.spans) {
    tree.begin_ns = std::min(tree.begin_ns, span.start_ns);
    // The sum of two times from outside may be over what the type holds.
    const std::int64_t room = INT64_MAX - span.start_ns;
    tree.end_ns = std::max(tree.end_ns, span.start_ns + std::min(span.duration_ns, room));
  }
  return tree;
}

}  // namespace meshtrace::probe
