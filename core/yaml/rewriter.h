// The walk over a document's tree beside the old and the new value, which turns every difference into edits of the
// text. Block and flow style are edited in their own way (rewrite_block.cc, rewrite_flow.cc); whether the result is
// right is not judged here: rewrite() reads it again.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/yaml/edits.h"
#include "core/yaml/layout.h"
#include "core/yaml/style.h"
#include "core/yaml/tree.h"

namespace meshtrace::yaml {

class Rewriter {
 public:
  // All must outlive the rewriter; the tree has a root. Errors are at "name:LINE".
  Rewriter(std::string_view name, const Chunk& chunk, const Tree& tree, Edits& edits);

  // An error names the line of what cannot be edited.
  Result<void> visit_root(const nlohmann::json& old, const nlohmann::json& target);

 private:
  using Json = nlohmann::json;

  // Where a value hangs: below a key of a map, or as an element of a list (key is null).
  struct Slot {
    const Node* parent = nullptr;
    const Node* key = nullptr;
    const Node* value = nullptr;
  };

  Result<void> visit(const Slot& slot, const Json& old, const Json& target);
  Result<void> visit_map(const Node& map, const Json& old, const Json& target);
  Result<void> visit_sequence(const Slot& slot, const Json& old, const Json& target);
  Result<void> replace(const Slot& slot, const Json& target);
  Result<void> add_member(const Node& map, const std::string& key, const Json& value);

  Result<void> replace_in_block(const Slot& slot, const Json& target);
  Result<void> visit_block_sequence(const Slot& slot, const Json& old, const Json& target);
  Result<void> insert_items_first(const Slot& slot, const std::vector<std::string>& lines);
  Result<void> remove_item(const Node& item);
  void replace_scalar(const Node& node, const Json& target);
  // A text of several lines in place of a literal block stays one, with the header's comment. False: it cannot.
  bool replace_literal_block(const Node& node, const Json& target);
  // Whole lines below the line of this byte.
  void insert_lines_below(std::size_t byte, const std::vector<std::string>& lines);

  Result<void> visit_flow_sequence(const Slot& slot, const Json& old, const Json& target);
  void replace_in_flow(const Node& node, const Json& target);
  // Elements or pairs, already rendered, behind the item that begins and ends there, before the next one, if any.
  struct Gap {
    std::optional<std::size_t> before_end;  // end of the item before
    std::optional<std::size_t> next_begin;  // begin of the item behind
  };
  void insert_in_flow(const Gap& gap, std::size_t item_begin, const std::vector<std::string>& items);
  [[nodiscard]] std::string rendered(const Json& value, std::string_view indentation, bool own_lines) const;

  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t byte, std::string what) const;
  [[nodiscard]] BlockStyle style() const { return block_style(layout_, path_, usual_style_); }
  // A block scalar that the text ends in without a line end: a line below it would become part of it.
  [[nodiscard]] bool is_unfinished(const Node& value) const;

  std::string_view name_;
  const Chunk& chunk_;
  const Tree& tree_;
  Layout layout_;
  Edits& edits_;
  JsonStyle json_;
  BlockStyle usual_style_;         // of the whole document
  std::vector<bool> is_aliased_;   // by anchor number
  std::vector<const Node*> path_;  // collections from the root to where the walk is
};

// The pair behind which a new key of this map stands, as an index of its key in `map.items`: env behind the image and
// the ports of a container, every other key last. The map has items.
std::size_t neighbour_of_new_key(const Node& map, const std::string& key);

}  // namespace meshtrace::yaml
