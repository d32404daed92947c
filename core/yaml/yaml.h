// YAML and JSON texts as documents of JSON values whose places in the text are known, and the edit of such a text that
// changes only what must change. JSON is read as the YAML it is, so one reader serves both.
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::yaml {

struct Tree;

struct Position {
  int line = 0;    // from 1, in the whole text
  int column = 0;  // from 1
};

struct Document {
  std::string name;  // as read() was given it
  std::string_view
      text;            // the document's own bytes, in the text that read() was given: all of them joined are that text
  int first_line = 1;  // of `text` in the whole
  bool is_json = false;  // one strict JSON object
  nlohmann::json value;  // null for an empty document

  // Where the value of a JSON pointer stands ("/spec/containers/0/env"): its key in a map, its first byte in a
  // sequence; of its nearest parent if it is not there. For messages: the first call reads the text again, and calls
  // from several threads must not meet.
  [[nodiscard]] Position at(std::string_view pointer) const;
  mutable std::shared_ptr<const Tree> tree;  // at()'s alone, since its first call
};

struct Limits {
  std::size_t max_bytes = 256u << 20;  // of the whole text: a List of every pod of a large cluster has some 100 MB
  int max_depth = 128;                 // of nesting: deeper than any Kubernetes object
  // Of one document after aliases: an alias bomb ends here. A List of 10,000 pods has some 4 million.
  std::size_t max_nodes = 8'000'000;
};

// Every document of a text. Scalars are typed as kubectl types them. `name` (a path, or "standard input") begins each
// error's `where`, followed by ":LINE". Refused: duplicate keys, a merge key (<<), too deep, too many nodes, not UTF-8.
Result<std::vector<Document>> read(std::string_view name, std::string_view text, const Limits& limits = {});

// The document's text changed so that it reads as `target`: only the lines of what differs change; comments, order,
// quotes, indentation and line endings of everything else stay. The result has been read again and equals `target`;
// an edit that cannot be made so (through a shared anchor, say) is an error whose `where` is "name:LINE".
Result<std::string> rewrite(const Document& document, const nlohmann::json& target);

}  // namespace meshtrace::yaml
