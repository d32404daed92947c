#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meshtrace::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum class Start { kMarker, kDirective, kContent, kNothing };

// What the text's first line that is no comment is.
Start start_of(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') continue;
    if (line.starts_with("%")) return Start::kDirective;
    const bool is_marker = line.starts_with("---") && (line.size() == 3 || line.find_first_of(" \t\r") == 3);
    return is_marker ? Start::kMarker : Start::kContent;
  }
  return Start::kNothing;
}

}  // namespace

std::string join_texts(const std::vector<std::string>& texts) {
  std::string out;
  bool has_content = false;
  for (std::string_view text : texts) {
    if (!out.empty()) {
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      if (!text.empty() && !out.ends_with('\n')) out += '\n';
    }
    const Start start = start_of(text);
    if (has_content && start == Start::kContent) out += "---\n";
    if (has_content && start == Start::kDirective) out += "...\n";
    has_content = has_content || start != Start::kNothing;
    out += text;
  }
  return out;
}

nlohmann::json list_of(std::vector<nlohmann::json> objects) {
  return {
      {"apiVersion", "v1"}, {"kind", "List"}, {"metadata", nlohmann::json::object()}, {"items", std::move(objects)}};
}

std::string json_text(const nlohmann::json& value) {
  constexpr int kIndent = 4;
  const std::string text = value.dump(kIndent) + "\n";
  std::string harmless;
  harmless.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (c == 0x7F) {
      harmless += "\\u007f";
    } else if (c == 0xC2 && next < 0xA0) {
      harmless += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      harmless += text[i];
    }
  }
  return harmless;
}

std::string json_output(std::vector<nlohmann::json> objects) {
  return json_text(objects.size() == 1 ? objects.front() : list_of(std::move(objects)));
}

}  // namespace meshtrace::cli
