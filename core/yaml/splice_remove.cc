// Entries taken out: the exact inverse of splice_insert.cc where nobody touched them meanwhile.
#include "core/yaml/splice.h"

namespace meshtrace::yaml {

Splice Splicer::whole_lines(Span entry) const {
  const std::string_view text = layout_.text();
  std::size_t begin = layout_.line_start(entry.begin);
  const std::size_t end = layout_.next_line(entry.end);
  // The last line of a text that ends without a line end: the one before it becomes so.
  if (end == text.size() && !text.ends_with('\n') && begin > 0) {
    --begin;
    if (begin > 0 && text[begin - 1] == '\r') --begin;
  }
  return {{begin, end}, ""};
}

Splice Splicer::remove_in_flow(const Node& collection, std::size_t index) const {
  const std::size_t step = collection.kind == Node::Kind::kMap ? 2 : 1;
  const std::size_t end = end_of_entry(collection, index);
  if (index > 0) return {{end_of_entry(collection, index - step), end}, ""};
  const std::size_t begin = collection.items.front()->start;
  const bool has_next = step < collection.items.size();
  return {{begin, has_next ? collection.items[step]->start : end}, ""};
}

std::optional<Splice> Splicer::remove_member(const Member& member) const {
  if (member.map->flow) return remove_in_flow(*member.map, member.index);
  if (!layout_.is_first_on_line(member.key().start)) return std::nullopt;
  return whole_lines({member.key().start, value_span(member).end});
}

std::optional<Splice> Splicer::remove_item(const Node& list, std::size_t index) const {
  if (list.flow) return remove_in_flow(list, index);
  const std::string_view text = layout_.text();
  const std::size_t start = list.items[index]->start;
  const std::size_t dash = layout_.line_start(start) + layout_.indentation(start).size();
  const bool has_own_lines = text[dash] == '-' && text.find_first_not_of(' ', dash + 1) == start;
  if (!has_own_lines) return std::nullopt;
  return whole_lines(item_span(*list.items[index]));
}

}  // namespace meshtrace::yaml
