// Writes JSON text straight into a string: the patch is a few known shapes, and building a document first would cost
// more than the whole decision.
#pragma once

#include <string>
#include <string_view>

namespace meshtrace::inject {

// Appends `text` as a JSON string, quotes included. Invalid UTF-8 cannot occur: the reader has refused it.
void append_json_string(std::string& out, std::string_view text);

// Appends one reference token of a JSON pointer, escaped (RFC 6901, section 3).
void append_pointer_token(std::string& out, std::string_view token);

}  // namespace meshtrace::inject
