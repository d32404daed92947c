// Edits in block style: whole lines are added below other lines, so that what the author wrote keeps its bytes.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/yaml/align.h"
#include "core/yaml/rewriter.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

bool is_block_value(const json& value) { return value.is_structured() && !value.empty(); }

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

void Rewriter::insert_lines_below(std::size_t byte, const std::vector<std::string>& lines) {
  const std::string ending(layout_.line_ending());
  const std::size_t at = layout_.next_line(byte);
  const bool ends_without_newline = at == layout_.text().size() && layout_.line_end(byte) == at;
  std::string text;
  for (const std::string& line : lines) text += ends_without_newline ? ending + line : line + ending;
  edits_.insert(at, std::move(text));
}

bool Rewriter::is_unfinished(const Node& value) const {
  const std::size_t begin = layout_.content(value);
  if (value.kind != Node::Kind::kScalar || layout_.end(value) != layout_.text().size()) return false;
  return layout_.text()[begin] == '|' || layout_.text()[begin] == '>';
}

Result<void> Rewriter::add_member(const Node& map, const std::string& key, const json& value) {
  std::size_t i = neighbour_of_new_key(map, key);
  while (i >= 2 && is_unfinished(*map.items[i + 1])) i -= 2;
  const std::size_t end = layout_.end_of_pair(*map.items[i], *map.items[i + 1]);
  if (map.flow) {
    const bool has_next = i + 2 < map.items.size();
    const std::size_t begin = map.items[i]->start;
    const std::string head = flow_text(json(key), json_.flow) + json_.flow.colon;
    const bool own_lines = layout_.is_first_on_line(begin);
    const Gap gap{end, has_next ? std::optional(map.items[i + 2]->start) : std::nullopt};
    insert_in_flow(gap, begin, {head + rendered(value, layout_.indentation(begin), own_lines)});
  } else {
    insert_lines_below(end, block_member(key, value, layout_.column(map.items.front()->start), style()));
  }
  return {};
}

bool Rewriter::replace_literal_block(const Node& node, const json& target) {
  const std::size_t begin = layout_.content(node);
  const std::size_t end = layout_.end(node);
  const std::size_t header_end = layout_.line_end(begin);
  const std::string_view text = layout_.text();
  const std::size_t first = text.find_first_not_of(" \r\n", header_end);
  if (text.substr(begin, 1) != "|" || first == std::string_view::npos || first >= end) return false;
  if (!target.is_string() || target.get_ref<const std::string&>().find('\n') == std::string::npos) return false;
  const auto block = literal_block(target.get_ref<const std::string&>(), layout_.column(first));
  // A header that states the indentation itself stays with the text that needed it.
  const std::string_view indicators = text.substr(begin, std::min(text.find_first_of(" \t\r\n", begin), end) - begin);
  if (!block || indicators.find_first_of("123456789") != std::string_view::npos) return false;
  std::string lines = fmt::format("|{}{}", block->chomping,
                                  text.substr(begin + indicators.size(), header_end - begin - indicators.size()));
  for (const std::string& line : block->lines) lines.append(layout_.line_ending()).append(line);
  edits_.replace(begin, end, std::move(lines));
  return true;
}

void Rewriter::replace_scalar(const Node& node, const json& target) {
  if (node.kind == Node::Kind::kScalar && replace_literal_block(node, target)) return;
  const std::size_t begin = layout_.content(node);
  const char first = begin < layout_.text().size() ? layout_.text()[begin] : '\0';
  const bool is_scalar = node.kind == Node::Kind::kScalar;
  const bool is_block = is_scalar && (first == '|' || first == '>');
  const Quotes quotes = is_scalar && first == '"'    ? Quotes::kDouble
                        : is_scalar && first == '\'' ? Quotes::kSingle
                                                     : Quotes::kNone;
  std::string text = target.is_structured() ? flow_text(target, {}) : scalar_text(target, quotes);
  // The header line of a block scalar may carry a comment.
  const std::string_view header = layout_.text().substr(begin, layout_.line_end(begin) - begin);
  if (const std::size_t comment = header.find(" #"); is_block && comment != std::string_view::npos) {
    text += header.substr(comment);
  }
  edits_.replace(begin, layout_.end(node), std::move(text));
}

// "key:" followed by a value of any shape: what stands behind the colon goes, the line's comment stays.
Result<void> Rewriter::replace_in_block(const Slot& slot, const json& target) {
  const Node& node = *slot.value;
  if (slot.key == nullptr) {
    replace_scalar(node, target);
    return {};
  }
  const std::size_t colon = layout_.colon(*slot.key);
  const std::size_t end = layout_.end_of_pair(*slot.key, node);
  const bool on_line_of_key = end > colon && layout_.line_start(layout_.content(node)) == layout_.line_start(colon);
  if (is_block_value(target)) {
    if (end > colon) edits_.replace(colon, end, "");
    const std::size_t column = layout_.column(slot.parent->items.front()->start);
    std::vector<std::string> lines = block_member("k", target, column, style());
    lines.erase(lines.begin());  // the key's own line is there
    insert_lines_below(end, lines);
  } else if (on_line_of_key) {
    replace_scalar(node, target);
  } else {
    edits_.replace(colon, end, " " + (target.is_structured() ? flow_text(target, {}) : scalar_text(target)));
  }
  return {};
}

Result<void> Rewriter::insert_items_first(const Slot& slot, const std::vector<std::string>& lines) {
  // Below the key's line, so that a comment above the first element stays with it.
  if (slot.key != nullptr) {
    insert_lines_below(layout_.colon(*slot.key), lines);
    return {};
  }
  const std::size_t dash = layout_.content(*slot.value);
  if (!layout_.is_first_on_line(dash))
    return refuse(dash, "a list that starts on the line of another cannot be extended");
  std::string text;
  for (const std::string& line : lines) text += line + std::string(layout_.line_ending());
  edits_.insert(layout_.line_start(dash), std::move(text));
  return {};
}

Result<void> Rewriter::remove_item(const Node& item) {
  const std::size_t line = layout_.line_start(item.start);
  const std::size_t dash = line + layout_.indentation(item.start).size();
  const bool is_own_line =
      layout_.text()[dash] == '-' && layout_.text().find_first_not_of(' ', dash + 1) == layout_.content(item);
  if (!is_own_line) return refuse(item.start, "an element that does not stand on its own lines cannot be removed");
  edits_.replace(line, layout_.next_line(layout_.end(item)), "");
  return {};
}

Result<void> Rewriter::visit_block_sequence(const Slot& slot, const json& old, const json& target) {
  const Node& list = *slot.value;
  const std::size_t column = layout_.column(layout_.content(list));
  const auto pairs = align(old, target);
  const BlockStyle style = this->style();
  std::size_t next_old = 0;  // the first old element that is not dealt with
  std::vector<std::string> lines;
  const auto flush = [&]() -> Result<void> {
    if (lines.empty()) return {};
    if (next_old == 0) return insert_items_first(slot, std::exchange(lines, {}));
    insert_lines_below(layout_.end(*list.items[next_old - 1]), std::exchange(lines, {}));
    return {};
  };
  const auto remove_until = [&](std::size_t index) -> Result<void> {
    for (; next_old < index; ++next_old) {
      if (auto removed = remove_item(*list.items[next_old]); !removed) return removed;
    }
    return {};
  };
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!pairs[i]) {
      append(lines, block_item(target[i], column, style));
      continue;
    }
    if (auto done = flush(); !done) return done;
    if (auto done = remove_until(*pairs[i]); !done) return done;
    if (auto done = visit({&list, nullptr, list.items[next_old]}, old[next_old], target[i]); !done) return done;
    ++next_old;
  }
  if (auto done = flush(); !done) return done;
  return remove_until(list.items.size());
}

}  // namespace meshtrace::yaml
