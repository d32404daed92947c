#include "core/yaml/edits.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace meshtrace::yaml {

void Edits::replace(std::size_t begin, std::size_t end, std::string text) {
  edits_.push_back({begin, end, std::move(text)});
}

std::optional<std::string> Edits::apply(std::string_view text) const {
  std::vector<const Edit*> sorted;
  for (const Edit& edit : edits_) sorted.push_back(&edit);
  // Edits of one place stay in the order in which they were made, which is that of their addresses.
  std::sort(sorted.begin(), sorted.end(),
            [](const Edit* a, const Edit* b) { return std::tie(a->begin, a) < std::tie(b->begin, b); });
  std::string out;
  std::size_t at = 0;
  for (const Edit* edit : sorted) {
    if (edit->begin < at || edit->end < edit->begin || edit->end > text.size()) return std::nullopt;
    out += text.substr(at, edit->begin - at);
    out += edit->text;
    at = edit->end;
  }
  out += text.substr(at);
  return out;
}

std::size_t Edits::first_byte() const {
  std::size_t first = edits_.empty() ? 0 : edits_.front().begin;
  for (const Edit& edit : edits_) first = std::min(first, edit.begin);
  return first;
}

}  // namespace meshtrace::yaml
