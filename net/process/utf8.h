// Text from outside made safe to pass on: valid UTF-8, and no longer than its reader takes.
#pragma once

#include <string>
#include <string_view>

namespace meshtrace {

// `text` with each byte that is no part of valid UTF-8 replaced by U+FFFD.
std::string repair_utf8(std::string_view text);

// The longest prefix of `text`, which is valid, of at most `max_bytes` that does not end inside a character.
std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes);

}  // namespace meshtrace
