#include "core/audit/checks/nginx_writes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/base/json.h"
#include "core/base/letter_case.h"

namespace meshtrace::audit {
namespace {

using What = HeaderChange::What;
using Words = std::vector<std::string>;

// Directives as their words; blocks and comments are no part of them.
std::vector<Words> directives_of(std::string_view text) {
  std::vector<Words> directives(1);
  std::string word;
  bool has_word = false;
  const auto end_word = [&] {
    if (has_word) directives.back().push_back(word);
    word.clear();
    has_word = false;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '"' || c == '\'') && !has_word) {
      const std::size_t close = std::min(text.find(c, at + 1), text.size());
      word = text.substr(at + 1, close - at - 1);
      has_word = true;
      at = close;
    } else if (c == '#' && !has_word) {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == ';' || c == '{' || c == '}') {
      end_word();
      directives.emplace_back();
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      end_word();
    } else {
      word += c;
      has_word = true;
    }
  }
  end_word();
  return directives;
}

class Reader {
 public:
  Reader(const Object& by, std::string field) : by_(by), field_(std::move(field)) {}

  void read(const Words& words) {
    if (words.empty()) return;
    const std::string& directive = words.front();
    if ((directive == "proxy_set_header" || directive == "grpc_set_header") && words.size() == 3) {
      set(words[1], words[2]);
    } else if (directive == "more_clear_input_headers") {
      for (std::size_t at = 1; at < words.size(); ++at) note(What::kRemoved, words[at]);
    } else if (directive == "more_set_input_headers") {
      for (std::size_t at = 1; at < words.size(); ++at) {
        const auto colon = std::min(words[at].find(':'), words[at].size());
        const auto value = words[at].find_first_not_of(": ", colon);
        set(words[at].substr(0, colon), value == std::string::npos ? "" : words[at].substr(value));
      }
    }
  }

  // An empty value removes the header; a variable passes something on.
  void set(const std::string& header, const std::string& value) {
    if (value.empty()) {
      note(What::kRemoved, header);
    } else if (value.find('$') == std::string::npos || is_underscored(header)) {
      note(What::kSet, header);
    }
  }

  std::vector<HeaderChange> changes;

 private:
  void note(What what, const std::string& header) {
    if (is_trace_header(header) || is_underscored(header))
      changes.push_back({what, in_lower_case(std::string(header)), &by_, field_});
  }

  const Object& by_;
  std::string field_;
};

}  // namespace

std::vector<HeaderChange> snippet_writes(const Object& by, std::string_view snippet, const std::string& field) {
  Reader reader(by, field);
  for (const Words& words : directives_of(snippet.substr(0, kMaxSnippet))) reader.read(words);
  return std::move(reader.changes);
}

std::vector<HeaderChange> header_map_writes(const Object& by) {
  std::vector<HeaderChange> changes;
  for (const auto& [header, value] : object_member(by.value, {"data"}).items()) {
    Reader reader(by, fmt::format("data[{}]", header));
    if (value.is_string()) reader.set(header, value.get<std::string>());
    changes.insert(changes.end(), reader.changes.begin(), reader.changes.end());
  }
  return changes;
}

bool is_underscored(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  std::string hyphens(name);
  std::replace(hyphens.begin(), hyphens.end(), '_', '-');
  std::string without(name);
  std::erase(without, '_');
  return is_trace_header(hyphens) || is_trace_header(without);
}

}  // namespace meshtrace::audit
