// The syntax tree of one document: what yaml-cpp reports, with the place of every node in the text. read() makes JSON
// of it; rewrite() edits the text by it. Nodes live in the tree and point to one another.
#pragma once

#include <cstddef>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/yaml/split.h"
#include "core/yaml/yaml.h"

namespace meshtrace::yaml {

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap, kAlias };
  Kind kind = Kind::kNull;
  bool flow = false;         // [ ] or { } and no indentation
  std::size_t start = 0;     // byte in the document's text: of its anchor or tag, if it has one
  std::size_t anchor = 0;    // its own (from 1), or for kAlias that of the node it stands for
  std::string tag;           // as yaml-cpp reports it
  std::string text;          // of a scalar, unescaped and folded
  std::vector<Node*> items;  // kSequence: the elements; kMap: key, value, key, value, …
};

struct Tree {
  std::deque<Node> nodes;
  Node* root = nullptr;        // null for a document without content
  std::vector<Node*> anchors;  // by number; [0] is unused

  // The node itself, or what its alias stands for.
  [[nodiscard]] const Node& resolve(const Node& node) const {
    return node.kind == Node::Kind::kAlias ? *anchors[node.anchor] : node;
  }
};

// Never throws; the error's `where` is "name:LINE". Refuses what is nested deeper than the limit before anything
// recurses over it.
Result<Tree> parse(std::string_view name, const Chunk& chunk, const Limits& limits);

// The tree as kubectl reads it. Refuses duplicate and merge keys, and more nodes than the limit after aliases.
Result<nlohmann::json> to_json(std::string_view name, const Chunk& chunk, const Tree& tree, const Limits& limits);

// The key that a map node's child has in JSON; empty for what to_json() refuses.
std::string key_of(const Node& key);

// Line and column of a byte of the document, counted in the whole text.
Position position_of(const Chunk& chunk, std::size_t byte);
// "name:LINE"
std::string place(std::string_view name, const Chunk& chunk, std::size_t byte);

}  // namespace meshtrace::yaml
