// New entries: whole lines in block style, between the brackets in flow style. An entry is put where taking it out
// again needs to know nothing but itself: behind the last one, on lines that hold nothing else.
#include <utility>

#include "core/yaml/render.h"
#include "core/yaml/splice.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& lines, std::string_view ending) {
  std::string out;
  for (const std::string& line : lines) {
    if (!out.empty()) out += ending;
    out += line;
  }
  return out;
}

const Node& last_leaf(const Node& node) { return node.items.empty() ? node : last_leaf(*node.items.back()); }

// Where the content of a document that has none goes: before the line of dots that ends it, if there is one.
std::size_t end_of_empty_document(const Layout& layout) {
  const std::string_view text = layout.text();
  for (std::size_t line = 0; line < text.size(); line = layout.next_line(line)) {
    if (text.substr(line).starts_with("...")) return line;
  }
  return text.size();
}

}  // namespace

// Below the line of this byte; where the text ends there without a line end, the new lines end it without one.
Splice Splicer::lines_below(std::size_t byte, const std::vector<std::string>& lines) const {
  const std::string ending(layout_.line_ending());
  const std::size_t at = layout_.next_line(byte);
  const bool is_unended = at == layout_.text().size() && layout_.line_end(byte) == at;
  const std::string text = joined(lines, ending);
  return {{at, at}, is_unended ? ending + text : text + ending};
}

Splice Splicer::lines_above(std::size_t byte, const std::vector<std::string>& lines) const {
  const std::string ending(layout_.line_ending());
  const std::size_t at = layout_.line_start(byte);
  return {{at, at}, joined(lines, ending) + ending};
}

// A line below a block scalar that the text ends in without a line end would give it one, and so change its value.
bool Splicer::ends_in_open_block_scalar() const {
  const Node& leaf = last_leaf(*tree_.root);
  if (leaf.kind != Node::Kind::kScalar || layout_.end(leaf) != layout_.text().size()) return false;
  return is_block_scalar(layout_.text().substr(leaf.start));
}

Splice Splicer::behind_last(const Node& collection, const std::vector<std::string>& lines) const {
  if (ends_in_open_block_scalar()) return lines_above(collection.items.front()->start, lines);
  const std::size_t last = collection.items.size() - (collection.kind == Node::Kind::kMap ? 2 : 1);
  return lines_below(end_of_entry(collection, last), lines);
}

Splice Splicer::insert_in_flow(const Node& collection, const std::string& entry) const {
  const std::size_t inside = layout_.content(collection) + 1;
  if (collection.items.empty()) return {{inside, inside}, entry};
  const std::size_t last = collection.items.size() - (collection.kind == Node::Kind::kMap ? 2 : 1);
  const std::size_t begin = collection.items[last]->start;
  const std::size_t end = end_of_entry(collection, last);
  std::string text = json_.flow.comma;
  if (layout_.is_first_on_line(begin)) {
    text = "," + std::string(layout_.line_ending()) + std::string(layout_.indentation(begin));
  }
  return {{end, end}, text + entry};
}

std::string Splicer::new_value_bytes(bool in_flow, const json& value) const {
  if (in_flow || !value.is_array() || value.empty()) {
    const std::string_view behind_colon = std::string_view(json_.flow.colon).substr(1);
    return std::string(behind_colon) + flow_text(value, json_.flow);
  }
  std::vector<std::string> lines = block_member("", value, 0, style_);
  lines.front().clear();  // the key's own line
  std::string out;
  for (std::size_t i = 1; i < lines.size(); ++i) out += std::string(layout_.line_ending()) + lines[i];
  return out;
}

Splice Splicer::insert_member(const Node* map, std::string_view key, std::string_view bytes) const {
  const std::string text = flow_text(json(key), json_.flow) + ":" + std::string(bytes);
  if (map == nullptr) {
    const std::size_t at = end_of_empty_document(layout_);
    const bool is_unended = at > 0 && layout_.text()[at - 1] != '\n';
    const std::string ending(layout_.line_ending());
    return {{at, at}, is_unended ? ending + text : text + ending};
  }
  if (map->flow) return insert_in_flow(*map, text);
  return behind_last(*map, {std::string(layout_.column(map->items.front()->start), ' ') + text});
}

Splice Splicer::insert_item(const Node& list, const json& value) const {
  if (list.flow) return insert_in_flow(list, flow_text(value, json_.flow));
  return behind_last(list, block_item(value, layout_.column(layout_.content(list)), style_));
}

Splice Splicer::insert_first_item(const Member& member, const json& value) const {
  const std::size_t column = layout_.column(member.key().start) + style_.sequence_indent;
  return lines_below(layout_.colon(member.key()), block_item(value, column, style_));
}

}  // namespace meshtrace::yaml
