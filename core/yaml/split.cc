#include "core/yaml/split.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

namespace meshtrace::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

int count_lines(std::string_view text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

// "---" or "..." at the start of a line, followed by white space or the end.
bool is_marker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == marker.size() || is_blank(line[marker.size()]));
}

// A line that can stand before a document without being one: blank, a comment, a directive.
bool is_prefix_line(std::string_view line, bool may_be_directive) {
  const std::size_t start = line.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos || line[start] == '#' || (may_be_directive && line[0] == '%');
}

std::vector<std::string_view> split_at_markers(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool only_prefix = true;  // nothing but comments, blank lines and directives since `begin`
  const auto cut = [&](std::size_t at) {
    if (at > begin) parts.push_back(text.substr(begin, at - begin));
    begin = at;
    only_prefix = true;
  };
  std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at < text.size()) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::string_view line = text.substr(at, next - at);
    if (is_marker(line, "---")) {
      if (!only_prefix) cut(at);
      only_prefix = false;
    } else if (is_marker(line, "...")) {
      cut(next);
    } else if (only_prefix && !is_prefix_line(line, true)) {
      only_prefix = false;
    }
    at = next;
  }
  // Comments after a closing "..." are no document of their own.
  if (only_prefix && !parts.empty() && begin < text.size()) {
    const std::string_view last = parts.back();
    parts.back() = std::string_view(last.data(), last.size() + (text.size() - begin));
  } else {
    cut(text.size());
  }
  return parts;
}

// The end of the JSON object that starts the text: behind its closing brace; npos if it has none.
std::size_t end_of_object(std::string_view text, std::size_t at) {
  int depth = 0;
  for (bool in_string = false; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

// One part between markers is one document, unless it holds several JSON objects.
void append_chunks(std::string_view part, int line, std::vector<Chunk>& chunks) {
  const auto append = [&](std::string_view text, bool is_json) {
    chunks.push_back({text, line, is_json});
    line += count_lines(text);
  };
  while (true) {
    std::size_t start = part.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    start = std::min(part.find_first_not_of(" \t\r\n", start), part.size());
    if (start == part.size() || part[start] != '{') return append(part, false);
    const std::size_t end = end_of_object(part, start);
    if (end == std::string_view::npos || !nlohmann::json::accept(part.substr(start, end - start))) {
      return append(part, false);
    }
    const std::size_t next = part.find_first_not_of(" \t\r\n", end);
    if (next == std::string_view::npos) return append(part, true);
    if (part[next] != '{') return append(part, false);
    // The line end stays with the object it ends.
    const std::size_t newline = part.substr(end, next - end).find('\n');
    const std::size_t cut = newline == std::string_view::npos ? end : end + newline + 1;
    append(part.substr(0, cut), true);
    part.remove_prefix(cut);
  }
}

// Length of the UTF-8 sequence that starts here (RFC 3629: no overlong forms, no surrogates); 0 if it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!follows(1) || !follows(2) || (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::vector<Chunk> split(std::string_view text) {
  std::vector<Chunk> chunks;
  int line = 1;
  for (const std::string_view part : split_at_markers(text)) {
    append_chunks(part, line, chunks);
    line += count_lines(part);
  }
  return chunks;
}

Result<void> check_characters(std::string_view name, std::string_view text, int first_line) {
  const auto refuse = [&](std::size_t at, std::string what) {
    const int line = first_line + count_lines(text.substr(0, at));
    return fail(std::string(name) + ":" + std::to_string(line), std::move(what));
  };
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return refuse(0, "the text is UTF-16; save it as UTF-8");
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x7F) {
      ++at;
      continue;
    }
    if (c == 0) return refuse(at, "a NUL byte: this is no text, or it is UTF-16; save it as UTF-8");
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return refuse(at, "a control character (byte " + std::to_string(c) + "), which YAML does not allow");
    }
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) return refuse(at, "not UTF-8 (byte " + std::to_string(c) + ")");
    at += length;
  }
  return {};
}

}  // namespace meshtrace::yaml
