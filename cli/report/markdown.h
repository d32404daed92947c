// The little Markdown that the pages of checks are written in, as HTML.
#pragma once

#include <string>
#include <string_view>

namespace meshtrace::cli {

// Paragraphs, lists of one level, fenced code, `code`, **strong** and [text](https://…); everything else stays text.
std::string markdown_html(std::string_view markdown);

}  // namespace meshtrace::cli
