// Cuts a text into its documents without losing a byte. Knows where documents begin and end, nothing of what is in
// them.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::yaml {

struct Chunk {
  std::string_view text;
  int first_line = 1;
  bool is_json = false;  // the whole chunk is one strict JSON object
};

// The bytes of each document: the `---` line and the comments and directives before it belong to the document that
// follows, a `...` line to the one it ends. JSON objects that follow one another without `---` are documents too.
std::vector<Chunk> split(std::string_view text);

// Refuses what no YAML text may hold: bytes that are not UTF-8, UTF-16, control characters. The error's `where` is
// "name:LINE", where the text begins at `first_line`.
Result<void> check_characters(std::string_view name, std::string_view text, int first_line = 1);

}  // namespace meshtrace::yaml
