#include "cli/report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/report/html.h"

namespace meshtrace::cli {
namespace {

constexpr auto kNone = std::string_view::npos;

// The link that the text begins with, and in `length` how much of it that is; nothing where it begins with none.
std::string link_at(std::string_view text, std::size_t& length) {
  const std::size_t middle = text.find("](https://");
  const std::size_t end = middle == kNone ? kNone : text.find(')', middle);
  if (end == kNone || text.substr(0, middle).find('\n') != kNone) return {};
  length = end + 1;
  return fmt::format("<a href=\"{}\" rel=\"noreferrer\">{}</a>", html::text(text.substr(middle + 2, end - middle - 2)),
                     html::text(text.substr(1, middle - 1)));
}

// What stands between two of the delimiter at the text's begin, likewise.
std::string span_at(std::string_view text, std::string_view delimiter, std::string_view tag, std::size_t& length) {
  const std::size_t end = text.find(delimiter, delimiter.size());
  if (!text.starts_with(delimiter) || end == kNone) return {};
  length = end + delimiter.size();
  return fmt::format("<{0}>{1}</{0}>", tag, html::text(text.substr(delimiter.size(), end - delimiter.size())));
}

std::string inline_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = text.find_first_of("`*[");
    out += html::text(text.substr(0, plain));
    if (plain == kNone) break;
    text.remove_prefix(plain);
    std::size_t length = 0;
    std::string element = span_at(text, "`", "code", length);
    if (element.empty()) element = span_at(text, "**", "strong", length);
    if (element.empty() && text.front() == '[') element = link_at(text, length);
    if (element.empty()) {
      length = 1;
      element = text.front();
    }
    out += element;
    text.remove_prefix(length);
  }
  return out;
}

// Lines become blocks: each paragraph, list item and fence is collected until something else begins.
class Blocks {
 public:
  void line(std::string_view text) {
    if (text.starts_with("```")) {
      end();
      in_fence_ = !in_fence_;
      if (in_fence_) block_ = Block::kFence;
    } else if (in_fence_) {
      collected_ += std::string(text) + "\n";
    } else if (text.starts_with("- ") || text.starts_with("* ")) {
      end();
      block_ = Block::kItem;
      collected_ = text.substr(2);
    } else if (text.find_first_not_of(" \t") == kNone) {
      end();
    } else {
      if (block_ == Block::kNone) block_ = Block::kParagraph;
      collected_ += (collected_.empty() ? "" : "\n") + std::string(text.substr(text.find_first_not_of(" \t")));
    }
  }

  std::string take() && {
    end();
    close_list();
    return std::move(out_);
  }

 private:
  enum class Block { kNone, kParagraph, kItem, kFence };

  void end() {
    if (block_ == Block::kNone) return;
    if (block_ == Block::kItem && !in_list_) {
      out_ += "<ul>\n";
      in_list_ = true;
    }
    if (block_ != Block::kItem) close_list();
    if (block_ == Block::kFence) {
      out_ += fmt::format("<pre><code>{}</code></pre>\n", html::text(collected_));
    } else {
      out_ += fmt::format("<{0}>{1}</{0}>\n", block_ == Block::kItem ? "li" : "p", inline_html(collected_));
    }
    block_ = Block::kNone;
    collected_.clear();
  }

  void close_list() {
    if (in_list_) out_ += "</ul>\n";
    in_list_ = false;
  }

  std::string out_;
  std::string collected_;
  Block block_ = Block::kNone;
  bool in_fence_ = false;
  bool in_list_ = false;
};

}  // namespace

std::string markdown_html(std::string_view markdown) {
  Blocks blocks;
  for (std::size_t at = 0; at < markdown.size();) {
    const std::size_t end = std::min(markdown.find('\n', at), markdown.size());
    blocks.line(markdown.substr(at, end - at));
    at = end + 1;
  }
  return std::move(blocks).take();
}

}  // namespace meshtrace::cli
