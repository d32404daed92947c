// The page's own parts, compiled in from the files of these names in this folder (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace meshtrace::cli {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;

}  // namespace meshtrace::cli
