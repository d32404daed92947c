#include "cli/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/text.h"

namespace meshtrace::cli {
namespace {

using Lines = std::vector<std::string_view>;  // each with its line end

Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// Old lines [old_begin, old_end) became new lines [new_begin, new_end).
struct Change {
  std::size_t old_begin, old_end, new_begin, new_end;
};

// Whether the texts run in step from here on: two equal lines, or the end of both.
bool in_step(const Lines& a, const Lines& b, std::size_t i, std::size_t j) {
  if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
  if (a[i] != b[j]) return false;
  return i + 1 == a.size() || j + 1 == b.size() || a[i + 1] == b[j + 1];
}

// The nearest place behind i and j where the texts run in step again.
Change next_change(const Lines& a, const Lines& b, std::size_t i, std::size_t j) {
  // Longer changes are shown whole: an insertion for one container has some 100 lines.
  constexpr std::size_t kMaxDistance = 2000;
  const std::size_t farthest = std::min(kMaxDistance, a.size() - i + b.size() - j);
  for (std::size_t distance = 1; distance <= farthest; ++distance) {
    const std::size_t least = distance > b.size() - j ? distance - (b.size() - j) : 0;
    for (std::size_t removed = least; removed <= std::min(distance, a.size() - i); ++removed) {
      if (in_step(a, b, i + removed, j + distance - removed)) return {i, i + removed, j, j + distance - removed};
    }
  }
  return {i, a.size(), j, b.size()};
}

std::vector<Change> changes_between(const Lines& a, const Lines& b) {
  std::vector<Change> changes;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
      continue;
    }
    changes.push_back(next_change(a, b, i, j));
    i = changes.back().old_end;
    j = changes.back().new_end;
  }
  return changes;
}

class Writer {
 public:
  explicit Writer(bool color) : color_(color) {}

  void header(std::string_view text) { paint("\x1b[1m", std::string(text)); }
  void position(std::string_view text) { paint("\x1b[36m", std::string(text)); }
  void line(char sign, std::string_view text) {
    const bool has_end = text.ends_with('\n');
    if (has_end) text.remove_suffix(1);
    std::string content = sign + std::string(text);
    if (color_) content = printable(content);
    paint(sign == '+' ? "\x1b[32m" : sign == '-' ? "\x1b[31m" : "", content);
    if (!has_end) out_ += "\\ No newline at end of file\n";
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void paint(std::string_view color, const std::string& content) {
    out_ += color_ && !color.empty() ? fmt::format("{}{}\x1b[0m\n", color, content) : content + "\n";
  }

  bool color_;
  std::string out_;
};

std::string range(std::size_t begin, std::size_t count) {
  // An empty range is numbered by the line before it.
  const std::size_t first = count == 0 ? begin : begin + 1;
  return count == 1 ? std::to_string(first) : fmt::format("{},{}", first, count);
}

}  // namespace

std::string unified_diff(std::string_view old_text, std::string_view new_text, const DiffOptions& options) {
  const Lines a = split_lines(old_text);
  const Lines b = split_lines(new_text);
  const std::vector<Change> changes = changes_between(a, b);
  if (changes.empty()) return {};
  const auto context = static_cast<std::size_t>(options.context);
  Writer writer(options.color);
  writer.header("--- " + printable(options.old_name));
  writer.header("+++ " + printable(options.new_name));
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first;  // changes whose context lines touch share a hunk
    while (last + 1 < changes.size() && changes[last + 1].old_begin <= changes[last].old_end + 2 * context) ++last;
    const std::size_t lead = std::min(context, changes[first].old_begin);
    const std::size_t tail = std::min(context, a.size() - changes[last].old_end);
    const std::size_t old_begin = changes[first].old_begin - lead;
    const std::size_t new_begin = changes[first].new_begin - lead;
    writer.position(fmt::format("@@ -{} +{} @@", range(old_begin, changes[last].old_end + tail - old_begin),
                                range(new_begin, changes[last].new_end + tail - new_begin)));
    std::size_t at = old_begin;
    for (; first <= last; ++first) {
      const Change& change = changes[first];
      for (; at < change.old_begin; ++at) writer.line(' ', a[at]);
      for (; at < change.old_end; ++at) writer.line('-', a[at]);
      for (std::size_t i = change.new_begin; i < change.new_end; ++i) writer.line('+', b[i]);
    }
    for (const std::size_t end = at + tail; at < end; ++at) writer.line(' ', a[at]);
  }
  return writer.take();
}

}  // namespace meshtrace::cli
