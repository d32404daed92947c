#include "core/yaml/style.h"

#include <optional>

namespace meshtrace::yaml {
namespace {

// Block collections only: a flow collection has no indentation of its own.
std::optional<std::size_t> block_column(const Layout& layout, const Node& node) {
  if (node.flow || node.items.empty()) return std::nullopt;
  if (node.kind == Node::Kind::kMap) return layout.column(node.items.front()->start);
  if (node.kind == Node::Kind::kSequence) return layout.column(layout.content(node));
  return std::nullopt;
}

struct Seen {
  std::optional<std::size_t> map_indent;
  std::optional<std::size_t> sequence_indent;
  std::optional<std::size_t> item_indent;
};

void keep_first(std::optional<std::size_t>& slot, std::size_t value) {
  if (!slot) slot = value;
}

// What the direct children of one node show.
void look_at(const Layout& layout, const Node& node, Seen& seen) {
  const auto column = block_column(layout, node);
  if (!column) return;
  const bool is_map = node.kind == Node::Kind::kMap;
  for (std::size_t i = is_map ? 1 : 0; i < node.items.size(); i += is_map ? 2 : 1) {
    const Node& child = *node.items[i];
    const auto child_column = block_column(layout, child);
    if (!child_column || *child_column < *column) continue;
    if (!is_map) {
      if (child.kind == Node::Kind::kMap && *child_column > *column)
        keep_first(seen.item_indent, *child_column - *column);
    } else if (child.kind == Node::Kind::kMap) {
      if (*child_column > *column) keep_first(seen.map_indent, *child_column - *column);
    } else {
      keep_first(seen.sequence_indent, *child_column - *column);
    }
  }
}

bool is_complete(const Seen& seen) { return seen.map_indent && seen.sequence_indent && seen.item_indent; }

void look_everywhere(const Layout& layout, const Node& node, Seen& seen) {
  if (is_complete(seen)) return;
  look_at(layout, node, seen);
  for (const Node* child : node.items) look_everywhere(layout, *child, seen);
}

BlockStyle or_else(const Seen& seen, const BlockStyle& other) {
  return {seen.map_indent.value_or(other.map_indent), seen.sequence_indent.value_or(other.sequence_indent),
          seen.item_indent.value_or(other.item_indent)};
}

}  // namespace

BlockStyle usual_block_style(const Layout& layout, const Node& root) {
  Seen seen;
  look_everywhere(layout, root, seen);
  return or_else(seen, BlockStyle{});
}

BlockStyle block_style(const Layout& layout, const std::vector<const Node*>& path, const BlockStyle& usual) {
  Seen seen;
  for (auto node = path.rbegin(); node != path.rend() && !is_complete(seen); ++node) look_at(layout, **node, seen);
  return or_else(seen, usual);
}

JsonStyle json_style(const Layout& layout, const Node& root, bool is_json) {
  JsonStyle style;
  style.flow.is_json = is_json;
  if (!is_json || root.items.empty()) return style;
  const Node& first = *root.items.front();
  const std::size_t colon = layout.colon(first);
  const bool spaced = colon < layout.text().size() && (layout.text()[colon] == ' ' || layout.text()[colon] == '\n');
  if (!spaced) style.flow = {true, ":", ","};
  if (layout.is_first_on_line(first.start)) style.step = layout.indentation(first.start);
  return style;
}

}  // namespace meshtrace::yaml
