#include "core/yaml/layout.h"

#include <algorithm>

namespace meshtrace::yaml {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

bool is_white(char c) { return kWhiteSpace.find(c) != std::string_view::npos; }

std::size_t count_leading_spaces(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool is_blank_line(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// Spaces that start the first line of a block scalar's value: they are content and no indentation.
std::size_t spaces_of_first_line(std::string_view value) {
  const std::size_t first = std::min(value.find_first_not_of('\n'), value.size());
  return count_leading_spaces(value.substr(first));
}

}  // namespace

std::size_t Layout::skip_blank(std::size_t byte) const {
  while (byte < text_.size()) {
    if (is_white(text_[byte])) {
      ++byte;
    } else if (text_[byte] == '#' && (byte == 0 || is_white(text_[byte - 1]))) {
      byte = line_end(byte);
    } else {
      break;
    }
  }
  return byte;
}

std::size_t Layout::content(const Node& node) const {
  std::size_t at = node.start;
  while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
    at = skip_blank(std::min(text_.find_first_of(kWhiteSpace, at), text_.size()));
  }
  return at;
}

std::size_t Layout::end(const Node& node) const {
  const std::size_t start = content(node);
  switch (node.kind) {
    case Node::Kind::kAlias:
      return std::min(text_.find_first_of(" \t\r\n,]}", start), text_.size());
    case Node::Kind::kSequence:
    case Node::Kind::kMap:
      return end_of_collection(node);
    case Node::Kind::kNull:
      return std::min(text_.find_first_of(" \t\r\n,]}", start), text_.size());
    case Node::Kind::kScalar:
      break;
  }
  const char first = start < text_.size() ? text_[start] : '\0';
  if (first == '"' || first == '\'') return std::min(end_of_quoted(start), text_.size());
  if (first == '|' || first == '>') return end_of_block_scalar(start, node.text);
  return end_of_plain(start, node.text);
}

bool Layout::is_closed(const Node& node) const {
  const std::size_t start = content(node);
  if (node.kind != Node::Kind::kScalar || start >= text_.size()) return true;
  if (text_[start] != '"' && text_[start] != '\'') return true;
  return end_of_quoted(start) != std::string_view::npos;
}

std::size_t Layout::end_of_quoted(std::size_t start) const {
  const char quote = text_[start];
  for (std::size_t at = start + 1; at < text_.size(); ++at) {
    if (quote == '"' && text_[at] == '\\') {
      ++at;
    } else if (text_[at] == quote) {
      if (quote == '"' || at + 1 >= text_.size() || text_[at + 1] != '\'') return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

std::size_t Layout::end_of_block_scalar(std::size_t start, std::string_view value) const {
  const std::string_view header = text_.substr(start, line_end(start) - start);
  const bool keeps_blank_lines = header.substr(0, header.find_first_of(" \t#")).find('+') != std::string_view::npos;
  const bool has_content = value.find_first_not_of('\n') != std::string_view::npos;
  std::size_t end = line_end(start);
  std::size_t indent = std::string_view::npos;  // of the content; known from its first line
  for (std::size_t line = next_line(start); line < text_.size(); line = next_line(line)) {
    const std::string_view content = text_.substr(line, line_end(line) - line);
    if (is_blank_line(content)) {
      if (keeps_blank_lines) end = line_end(line);
      continue;
    }
    if (!has_content) break;
    const std::size_t spaces = count_leading_spaces(content);
    if (indent == std::string_view::npos) indent = spaces - std::min(spaces, spaces_of_first_line(value));
    if (spaces < indent) break;
    end = line_end(line);
  }
  return end;
}

// A plain scalar has no escapes: its characters stand in the text as they are, only white space may be folded.
std::size_t Layout::end_of_plain(std::size_t start, std::string_view value) const {
  std::size_t at = start;
  for (std::size_t i = 0; i < value.size() && at < text_.size();) {
    if (!is_white(value[i])) {
      ++i;
      ++at;
      continue;
    }
    i = std::min(value.find_first_not_of(kWhiteSpace, i), value.size());
    at = std::min(text_.find_first_not_of(kWhiteSpace, at), text_.size());
  }
  return at;
}

std::size_t Layout::end_of_collection(const Node& node) const {
  std::size_t end = content(node) + 1;
  if (!node.items.empty()) {
    const Node& last = *node.items.back();
    const bool is_map = node.kind == Node::Kind::kMap;
    end = is_map ? end_of_pair(**(node.items.end() - 2), last) : this->end(last);
  }
  if (!node.flow) return end;
  // A pair inside [ ] has no brackets of its own.
  const char open = text_[std::min(content(node), text_.size() - 1)];
  if (open != '{' && open != '[') return end;
  end = skip_blank(end);
  if (end < text_.size() && text_[end] == ',') end = skip_blank(end + 1);
  return std::min(end + 1, text_.size());
}

std::size_t Layout::colon(const Node& key) const {
  const std::size_t end_of_key = end(key);
  const std::size_t at = skip_blank(end_of_key);
  return at < text_.size() && text_[at] == ':' ? at + 1 : end_of_key;
}

bool Layout::is_written_null(const Node& key, const Node& value) const {
  const std::size_t after = colon(key);
  const std::size_t start = content(value);
  if (start < after) return false;
  // Of a value that is left empty, yaml-cpp reports the place of what follows: on another line, no deeper than the key.
  if (line_start(start) != line_start(after) && column(start) <= column(key.start)) return false;
  const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}", start), text_.size());
  const std::string_view token = text_.substr(start, end - start);
  return token == "~" || token == "null" || token == "Null" || token == "NULL";
}

std::size_t Layout::end_of_pair(const Node& key, const Node& value) const {
  if (value.kind == Node::Kind::kNull && !is_written_null(key, value)) return colon(key);
  return end(value);
}

std::size_t Layout::line_start(std::size_t byte) const {
  if (byte == 0) return 0;
  const std::size_t newline = text_.rfind('\n', byte - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

std::size_t Layout::line_end(std::size_t byte) const {
  const std::size_t newline = text_.find('\n', byte);
  if (newline == std::string_view::npos) return text_.size();
  return newline > byte && text_[newline - 1] == '\r' ? newline - 1 : newline;
}

std::size_t Layout::next_line(std::size_t byte) const {
  const std::size_t newline = text_.find('\n', byte);
  return newline == std::string_view::npos ? text_.size() : newline + 1;
}

std::string_view Layout::indentation(std::size_t byte) const {
  const std::size_t start = line_start(byte);
  const std::size_t end = std::min(text_.find_first_not_of(" \t", start), text_.size());
  return text_.substr(start, end - start);
}

bool Layout::is_first_on_line(std::size_t byte) const { return indentation(byte).size() == column(byte); }

std::string_view Layout::line_ending() const {
  const std::size_t newline = text_.find('\n');
  return newline != std::string_view::npos && newline > 0 && text_[newline - 1] == '\r' ? "\r\n" : "\n";
}

}  // namespace meshtrace::yaml
