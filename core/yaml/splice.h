// Entries of one document cut out and put in as bytes. rewrite() aims at a value and forgets what stood there; a splice
// says which bytes it replaces, so that an edit can be taken back byte for byte. Whether the result still reads as it
// should is not judged here: the caller reads it again.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/yaml/layout.h"
#include "core/yaml/style.h"
#include "core/yaml/tree.h"

namespace meshtrace::yaml {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// `text` in place of the span's bytes.
struct Splice {
  Span span;
  std::string text;

  [[nodiscard]] std::string apply(std::string_view document) const;
};

// A pair of a map.
struct Member {
  const Node* map = nullptr;
  std::size_t index = 0;  // of the key in map->items

  [[nodiscard]] const Node& key() const { return *map->items[index]; }
  [[nodiscard]] const Node& value() const { return *map->items[index + 1]; }
};

class Splicer {
 public:
  // Both must outlive the splicer. The chunk starts with no byte order mark.
  Splicer(const Chunk& chunk, const Tree& tree);

  [[nodiscard]] std::optional<Member> find(const Node& map, std::string_view key) const;
  // Whether an alias names this node's own anchor: a change of the node would show there, too.
  [[nodiscard]] bool is_shared(const Node& node) const { return node.anchor != 0 && is_aliased_[node.anchor]; }
  // Where an anchor below this node, or its own, is defined that an alias names; none: the node can be replaced.
  [[nodiscard]] std::optional<std::size_t> shared_anchor(const Node& node) const;

  // From behind the key's colon to the value's end: anchor, tag and quotes are in it, and comments between key and
  // value; a comment behind the value is not, unless it stands in a block scalar's header.
  [[nodiscard]] Span value_span(const Member& member) const;
  // What replaces value_span() so that the member gets this value, on one line.
  [[nodiscard]] std::string value_bytes(const Member& member, const nlohmann::json& value) const;
  // The whole element of a list, without its dash.
  [[nodiscard]] Span item_span(const Node& item) const;
  [[nodiscard]] std::string item_bytes(const Node& list, const Node& item, const nlohmann::json& value) const;

  // What stands behind the colon of a new member: on one line, or for a list in a block map on lines of its own.
  [[nodiscard]] std::string new_value_bytes(bool in_flow, const nlohmann::json& value) const;
  // A new last member of the map; of a document without content, where `map` is null, its only one.
  [[nodiscard]] Splice insert_member(const Node* map, std::string_view key, std::string_view bytes) const;
  // A new last element.
  [[nodiscard]] Splice insert_item(const Node& list, const nlohmann::json& value) const;
  // The first element of a list that is to hang below a key of a block map without a value.
  [[nodiscard]] Splice insert_first_item(const Member& member, const nlohmann::json& value) const;

  // None where the entry shares its lines with something else.
  [[nodiscard]] std::optional<Splice> remove_member(const Member& member) const;
  [[nodiscard]] std::optional<Splice> remove_item(const Node& list, std::size_t index) const;

  [[nodiscard]] const Layout& layout() const { return layout_; }

 private:
  [[nodiscard]] Splice lines_below(std::size_t byte, const std::vector<std::string>& lines) const;
  [[nodiscard]] Splice lines_above(std::size_t byte, const std::vector<std::string>& lines) const;
  [[nodiscard]] Splice behind_last(const Node& collection, const std::vector<std::string>& lines) const;
  [[nodiscard]] Splice insert_in_flow(const Node& collection, const std::string& entry) const;
  [[nodiscard]] Splice whole_lines(Span entry) const;
  [[nodiscard]] Splice remove_in_flow(const Node& collection, std::size_t index) const;
  // Behind the pair or the element that begins with items[index].
  [[nodiscard]] std::size_t end_of_entry(const Node& collection, std::size_t index) const;
  [[nodiscard]] bool ends_in_open_block_scalar() const;

  const Tree& tree_;
  Layout layout_;
  JsonStyle json_;
  BlockStyle style_;
  std::vector<bool> is_aliased_;  // by anchor number
};

// Whether bytes that value_span() gave are a block scalar, which owns its lines to their ends.
bool is_block_scalar(std::string_view value_bytes);

}  // namespace meshtrace::yaml
