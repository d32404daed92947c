// JSON values as YAML or JSON text, in the style of the document they go into. Knows no places, only styles.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtrace::yaml {

// How a scalar was written before; what cannot be written so is double-quoted.
enum class Quotes { kNone, kSingle, kDouble };

struct FlowStyle {
  bool is_json = false;  // every string in double quotes
  std::string colon = ": ";
  std::string comma = ", ";
};

struct BlockStyle {
  std::size_t map_indent = 2;       // of a map below its key
  std::size_t sequence_indent = 2;  // of the dashes below the key; 0: dash under the key's first letter
  std::size_t item_indent = 2;      // from the dash to what follows it
};

// One line. Strings that YAML 1.1 or 1.2 could read as something else are quoted.
std::string scalar_text(const nlohmann::json& value, Quotes quotes = Quotes::kNone);

// A text as a literal block: what stands behind the `|` of its header, and its lines, each indented. Nullopt for a text
// that this style would not give back under every reader: then it must be quoted.
struct LiteralBlock {
  std::string_view chomping;  // "-" where the text does not end in a line feed
  std::vector<std::string> lines;
};
std::optional<LiteralBlock> literal_block(std::string_view text, std::size_t indent);

// One line: {a: 1, b: [x, "2"]}.
std::string flow_text(const nlohmann::json& value, const FlowStyle& style);

// "key: value" and the lines below it, each indented; without line ends.
std::vector<std::string> block_member(const std::string& key, const nlohmann::json& value, std::size_t indent,
                                      const BlockStyle& style);
// "- value" and the lines below it.
std::vector<std::string> block_item(const nlohmann::json& value, std::size_t indent, const BlockStyle& style);

}  // namespace meshtrace::yaml
