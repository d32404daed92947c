// What both styles share, and replacing; splice_insert.cc and splice_remove.cc have the rest.
#include "core/yaml/splice.h"

#include <algorithm>

#include "core/yaml/render.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

bool is_block_collection(const Node& node) {
  return (node.kind == Node::Kind::kMap || node.kind == Node::Kind::kSequence) && !node.flow;
}

}  // namespace

std::string Splice::apply(std::string_view document) const {
  std::string out(document.substr(0, span.begin));
  out += text;
  out += document.substr(span.end);
  return out;
}

Splicer::Splicer(const Chunk& chunk, const Tree& tree)
    : tree_(tree), layout_(chunk.text), is_aliased_(tree.anchors.size(), false) {
  if (tree.root != nullptr) {
    json_ = json_style(layout_, *tree.root, chunk.is_json);
    style_ = usual_block_style(layout_, *tree.root);
  }
  for (const Node& node : tree.nodes) {
    if (node.kind == Node::Kind::kAlias) is_aliased_[node.anchor] = true;
  }
}

std::optional<Member> Splicer::find(const Node& map, std::string_view key) const {
  for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
    if (key_of(tree_.resolve(*map.items[i])) == key) return Member{&map, i};
  }
  return std::nullopt;
}

std::optional<std::size_t> Splicer::shared_anchor(const Node& node) const {
  if (node.kind == Node::Kind::kAlias) return std::nullopt;
  if (is_shared(node)) return node.start;
  for (const Node* item : node.items) {
    if (const auto shared = shared_anchor(*item)) return shared;
  }
  return std::nullopt;
}

Span Splicer::value_span(const Member& member) const {
  return {layout_.colon(member.key()), layout_.end_of_pair(member.key(), member.value())};
}

std::string Splicer::value_bytes(const Member& member, const json& value) const {
  const Span span = value_span(member);
  const Node& old = member.value();
  const bool in_flow = member.map->flow;
  // Comments and line ends between the key and the old value stay, if the new one may stand in its place.
  const bool keeps_place = span.end > span.begin && !is_block_collection(old) &&
                           (in_flow || layout_.column(old.start) > layout_.column(member.key().start));
  if (!keeps_place) return new_value_bytes(/*in_flow=*/true, value);
  return std::string(layout_.text().substr(span.begin, old.start - span.begin)) + flow_text(value, json_.flow);
}

Span Splicer::item_span(const Node& item) const { return {item.start, layout_.end(item)}; }

std::string Splicer::item_bytes(const Node& list, const Node& item, const json& value) const {
  const std::size_t column = layout_.column(item.start);
  BlockStyle style = style_;
  style.item_indent = std::min(style.item_indent, column);
  if (list.flow || !is_block_collection(item) || style.item_indent < 2) return flow_text(value, json_.flow);
  const auto lines = block_item(value, column - style.item_indent, style);
  std::string out = lines.front().substr(column);
  for (std::size_t i = 1; i < lines.size(); ++i) out += std::string(layout_.line_ending()) + lines[i];
  return out;
}

std::size_t Splicer::end_of_entry(const Node& collection, std::size_t index) const {
  const Node& node = *collection.items[index];
  return collection.kind == Node::Kind::kMap ? layout_.end_of_pair(node, *collection.items[index + 1])
                                             : layout_.end(node);
}

bool is_block_scalar(std::string_view value_bytes) {
  const Layout layout(value_bytes);
  Node value;
  value.start = layout.skip_blank(0);
  const std::size_t at = layout.content(value);
  return at < value_bytes.size() && (value_bytes[at] == '|' || value_bytes[at] == '>');
}

}  // namespace meshtrace::yaml
