#include "core/trace/expansion.h"

namespace meshtrace::trace {
namespace {

// Calls literal(text) and name(text) for each piece in order; joined (with the name as `$(name)`) they are the text.
template <class Literal, class Name>
void split(std::string_view text, Literal literal, Name name) {
  std::size_t from = 0;
  std::size_t at = 0;
  while ((at = text.find('$', at)) != std::string_view::npos && at + 1 < text.size()) {
    const std::size_t close = text[at + 1] == '(' ? text.find(')', at) : std::string_view::npos;
    if (close == std::string_view::npos) {
      at += 2;  // "$$", "$x" and "$(" that nothing closes are text
      continue;
    }
    literal(text.substr(from, at - from));
    name(text.substr(at + 2, close - at - 2));
    from = at = close + 1;
  }
  literal(text.substr(from));
}

}  // namespace

std::vector<std::string_view> references(std::string_view text) {
  std::vector<std::string_view> names;
  split(text, [](std::string_view) {}, [&](std::string_view name) { names.push_back(name); });
  return names;
}

std::string escape_dollars(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) escaped.append(c == '$' ? 2 : 1, c);
  return escaped;
}

std::string rename_reference(std::string_view text, std::string_view from, std::string_view to) {
  std::string renamed;
  split(
      text, [&](std::string_view literal) { renamed += literal; },
      [&](std::string_view name) { renamed += reference(name == from ? to : name); });
  return renamed;
}

std::string reference(std::string_view name) {
  std::string text;
  text.reserve(name.size() + 3);
  return text.append("$(").append(name).append(")");
}

}  // namespace meshtrace::trace
