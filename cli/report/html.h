// Text of foreign objects as HTML, and the hash by which a Content-Security-Policy knows the page's own parts.
#pragma once

#include <string>
#include <string_view>

namespace meshtrace::cli::html {

// For the content of an element or an attribute in double quotes. Characters that would be markup become references;
// those that steer a terminal or the direction of text, and so could make a name look like another, become readable
// (\x1b, \u202e): what is shown is what is copied.
std::string text(std::string_view raw);

// "sha256-…" of an inline script or style (Content Security Policy Level 3, section 2.3.1).
std::string source_hash(std::string_view content);

}  // namespace meshtrace::cli::html
