#include "core/yaml/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/yaml/scalar.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::string_view rest = text.substr(i);
    if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", c);
    } else if (c == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));  // C1 controls, among them NEL
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
      out += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";  // line breaks to YAML 1.1
      i += 2;
    } else if (rest.starts_with("\xEF\xBB\xBF")) {
      out += "\\ufeff";
      i += 2;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + '"';
}

bool fits_single_quotes(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) return false;
  }
  return true;
}

// Without what YAML takes for a line break or lets stand only as an escape: controls (C1, too), U+2028, U+2029, the
// BOM.
bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::string_view rest = text.substr(i);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) return false;
    if (c == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0) return false;
    if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") || rest.starts_with("\xEF\xBB\xBF"))
      return false;
  }
  return true;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + '\'';
}

std::string key_token(const std::string& key, bool is_json = false) {
  return !is_json && is_safe_plain(key) ? key : double_quoted(key);
}

bool is_block(const json& value) { return value.is_structured() && !value.empty(); }

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<std::string> block_lines(const json& value, std::size_t indent, const BlockStyle& style) {
  std::vector<std::string> lines;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) append(lines, block_member(key, member, indent, style));
  } else {
    for (const json& item : value) append(lines, block_item(item, indent, style));
  }
  return lines;
}

}  // namespace

std::string scalar_text(const json& value, Quotes quotes) {
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (quotes == Quotes::kNone && is_safe_plain(text)) return text;
  if (quotes == Quotes::kSingle && fits_single_quotes(text)) return single_quoted(text);
  return double_quoted(text);
}

std::optional<LiteralBlock> literal_block(std::string_view text, std::size_t indent) {
  LiteralBlock block{text.ends_with('\n') ? "" : "-", {}};
  if (text.ends_with('\n')) text.remove_suffix(1);
  // The first line gives the indentation; blank lines at the end are chomped or kept by other rules.
  const bool has_edges = !text.empty() && text.front() != ' ' && text.front() != '\n' && text.back() != '\n';
  if (!has_edges || !is_printable(text)) return std::nullopt;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, end - from);
    block.lines.push_back(line.empty() ? "" : std::string(indent, ' ').append(line));
    from = end + 1;
  }
  return block;
}

std::string flow_text(const json& value, const FlowStyle& style) {
  if (!value.is_structured()) return scalar_text(value, style.is_json ? Quotes::kDouble : Quotes::kNone);
  std::string out;
  for (const auto& [key, member] : value.items()) {
    if (!out.empty()) out += style.comma;
    if (value.is_object()) out += key_token(key, style.is_json) + style.colon;
    out += flow_text(member, style);
  }
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

std::vector<std::string> block_member(const std::string& key, const json& value, std::size_t indent,
                                      const BlockStyle& style) {
  const std::string head = std::string(indent, ' ') + key_token(key) + ":";
  if (!is_block(value)) return {head + " " + (value.is_structured() ? flow_text(value, {}) : scalar_text(value))};
  std::vector<std::string> lines{head};
  append(lines, block_lines(value, indent + (value.is_array() ? style.sequence_indent : style.map_indent), style));
  return lines;
}

std::vector<std::string> block_item(const json& value, std::size_t indent, const BlockStyle& style) {
  const std::string dash = std::string(indent, ' ') + "-" + std::string(style.item_indent - 1, ' ');
  if (!is_block(value)) return {dash + (value.is_structured() ? flow_text(value, {}) : scalar_text(value))};
  std::vector<std::string> lines = block_lines(value, indent + style.item_indent, style);
  lines.front().replace(0, dash.size(), dash);
  return lines;
}

}  // namespace meshtrace::yaml
