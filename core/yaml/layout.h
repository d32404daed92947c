// Where things end in a document's text: yaml-cpp reports only where a node starts. Answers in byte offsets and decides
// nothing about edits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/yaml/tree.h"

namespace meshtrace::yaml {

class Layout {
 public:
  // Both must outlive the layout.
  explicit Layout(std::string_view text) : text_(text) {}

  // Behind the anchor and the tag: the opening quote or bracket, the first dash of a block sequence.
  [[nodiscard]] std::size_t content(const Node& node) const;
  // Behind the node's last byte. Of a block scalar: behind the last character of its content.
  [[nodiscard]] std::size_t end(const Node& node) const;
  // False for a quoted scalar whose closing quote is missing.
  [[nodiscard]] bool is_closed(const Node& node) const;

  // Of a map's pair: behind the colon after the key; behind the key where a flow map has none.
  [[nodiscard]] std::size_t colon(const Node& key) const;
  // Behind the value, or behind the colon where nothing stands.
  [[nodiscard]] std::size_t end_of_pair(const Node& key, const Node& value) const;
  // Whether a null is written out (null, ~) and not just left empty.
  [[nodiscard]] bool is_written_null(const Node& key, const Node& value) const;

  [[nodiscard]] std::size_t line_start(std::size_t byte) const;
  // The line's terminator ("\n" or "\r\n"), or the end of the text.
  [[nodiscard]] std::size_t line_end(std::size_t byte) const;
  // The first byte of the next line, or the end of the text.
  [[nodiscard]] std::size_t next_line(std::size_t byte) const;
  [[nodiscard]] std::size_t column(std::size_t byte) const { return byte - line_start(byte); }
  [[nodiscard]] bool is_first_on_line(std::size_t byte) const;
  [[nodiscard]] std::string_view indentation(std::size_t byte) const;  // the white space that starts its line
  // Behind white space, line ends and comments.
  [[nodiscard]] std::size_t skip_blank(std::size_t byte) const;
  [[nodiscard]] std::string_view line_ending() const;  // the author's: "\n" or "\r\n"
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  [[nodiscard]] std::size_t end_of_quoted(std::size_t start) const;
  [[nodiscard]] std::size_t end_of_block_scalar(std::size_t start, std::string_view value) const;
  [[nodiscard]] std::size_t end_of_plain(std::size_t start, std::string_view value) const;
  [[nodiscard]] std::size_t end_of_collection(const Node& node) const;

  std::string_view text_;
};

}  // namespace meshtrace::yaml
