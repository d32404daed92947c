// Edits in flow style, which JSON is: items are added between brackets, on their own lines where the others are.
#include <algorithm>
#include <utility>

#include "core/yaml/align.h"
#include "core/yaml/rewriter.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

std::string join(const std::vector<std::string>& items, std::string_view separator) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : std::string(separator)) + item;
  return out;
}

}  // namespace

// JSON that its author spreads over lines gets new values spread over lines.
std::string Rewriter::rendered(const json& value, std::string_view indentation, bool own_lines) const {
  if (!chunk_.is_json || json_.step.empty() || !own_lines || !value.is_structured())
    return flow_text(value, json_.flow);
  const std::string dumped = value.dump(static_cast<int>(json_.step.size()), json_.step.front());
  std::string out;
  for (const char c : dumped) {
    if (c == '\n') {
      out += layout_.line_ending();
      out += indentation;
    } else {
      out += c;
    }
  }
  return out;
}

void Rewriter::replace_in_flow(const Node& node, const json& target) {
  const std::size_t begin = layout_.content(node);
  if (!target.is_structured() && !chunk_.is_json) {
    replace_scalar(node, target);
  } else {
    edits_.replace(begin, layout_.end(node), rendered(target, layout_.indentation(begin), true));
  }
}

void Rewriter::insert_in_flow(const Gap& gap, std::size_t item_begin, const std::vector<std::string>& items) {
  const std::string_view text = layout_.text();
  const bool own_line = layout_.is_first_on_line(item_begin);
  const std::string new_line = std::string(layout_.line_ending()) + std::string(layout_.indentation(item_begin));
  const std::string separator = own_line ? new_line : json_.flow.comma.substr(1);
  const std::string joined = join(items, "," + separator);
  if (gap.next_begin) return edits_.insert(*gap.next_begin, joined + "," + separator);

  std::size_t end = *gap.before_end;
  if (const std::size_t next = layout_.skip_blank(end); next < text.size() && text[next] == ',') {
    return edits_.insert(next + 1, separator + joined);
  }
  // A comment behind the last item stays on its line.
  const std::size_t rest = std::min(text.find_first_not_of(" \t", end), text.size());
  if (rest < text.size() && text[rest] == '#') {
    edits_.insert(end, ",");
    return edits_.insert(layout_.line_end(end), new_line + joined);
  }
  edits_.insert(end, "," + separator + joined);
}

Result<void> Rewriter::visit_flow_sequence(const Slot& slot, const json& old, const json& target) {
  const Node& list = *slot.value;
  const auto pairs = align(old, target);
  const auto kept = static_cast<std::size_t>(
      std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.has_value(); }));
  if (kept < old.size()) {
    replace_in_flow(list, target);
    return {};
  }
  std::size_t next_old = 0;
  std::vector<std::string> items;
  const auto flush = [&] {
    if (items.empty()) return;
    const bool has_next = next_old < list.items.size();
    const std::size_t begin = list.items[next_old == 0 ? 0 : next_old - 1]->start;
    Gap gap;
    if (next_old > 0) gap.before_end = layout_.end(*list.items[next_old - 1]);
    if (has_next) gap.next_begin = list.items[next_old]->start;
    insert_in_flow(gap, begin, std::exchange(items, {}));
  };
  const std::size_t first = list.items.front()->start;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!pairs[i]) {
      items.push_back(rendered(target[i], layout_.indentation(first), layout_.is_first_on_line(first)));
      continue;
    }
    flush();
    if (auto done = visit({&list, nullptr, list.items[next_old]}, old[next_old], target[i]); !done) return done;
    ++next_old;
  }
  flush();
  return {};
}

}  // namespace meshtrace::yaml
