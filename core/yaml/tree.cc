#include "core/yaml/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/yaml/layout.h"

namespace meshtrace::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct TooDeep {
  std::size_t byte;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(Tree& tree, std::size_t offset, int max_depth) : tree_(tree), offset_(offset), max_depth_(max_depth) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(Node::Kind::kNull, mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(Node::Kind::kAlias, mark, 0).anchor = anchor;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = add(Node::Kind::kScalar, mark, anchor);
    node.tag = tag;
    node.text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Kind::kSequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Kind::kMap, mark, tag, anchor, style);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  Node& add(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.start = offset_ + static_cast<std::size_t>(std::max(mark.pos, 0));
    node.anchor = anchor;
    if (anchor != 0) {
      if (tree_.anchors.size() <= anchor) tree_.anchors.resize(anchor + 1);
      tree_.anchors[anchor] = &node;
    }
    if (open_.empty()) {
      tree_.root = &node;
    } else {
      open_.back()->items.push_back(&node);
    }
    return node;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    Node& node = add(kind, mark, anchor);
    node.tag = tag;
    node.flow = style == YAML::EmitterStyle::Flow;
    open_.push_back(&node);
    if (open_.size() > static_cast<std::size_t>(max_depth_)) throw TooDeep{node.start};
  }

  Tree& tree_;
  std::size_t offset_;
  int max_depth_;
  std::vector<Node*> open_;
};

// JSON writes characters beyond the BMP as two \u escapes, a surrogate pair, which yaml-cpp refuses. In strict JSON
// every backslash stands in a string, so the pairs are masked by as many harmless bytes, and the strings that had one
// are read again from the original (json_string).
std::string mask_surrogates(std::string text) {
  for (std::size_t at = text.find('\\'); at != std::string::npos && at + 1 < text.size();
       at = text.find('\\', at + 2)) {
    const bool surrogate = text[at + 1] == 'u' && at + 6 <= text.size() && (text[at + 2] | 0x20) == 'd' &&
                           std::string_view("89abcdefABCDEF").find(text[at + 3]) != std::string_view::npos;
    if (surrogate) std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), 6, 'x');
  }
  return text;
}

std::string json_string(std::string_view text, std::size_t start) {
  std::size_t end = start + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return nlohmann::json::parse(text.substr(start, end + 1 - start)).get<std::string>();
}

void read_json_strings_again(std::string_view text, Tree& tree) {
  for (Node& node : tree.nodes) {
    if (node.kind == Node::Kind::kScalar && node.tag == "!") node.text = json_string(text, node.start);
  }
}

Result<Tree> too_deep(std::string_view name, const Chunk& chunk, std::size_t byte, const Limits& limits) {
  return fail(place(name, chunk, byte), "nested deeper than " + std::to_string(limits.max_depth) + " levels");
}

}  // namespace

Result<Tree> parse(std::string_view name, const Chunk& chunk, const Limits& limits) {
  const std::size_t offset = chunk.text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::string bytes(chunk.text.substr(offset));
  const bool masked = chunk.is_json && bytes.find("\\u") != std::string::npos;
  if (masked) bytes = mask_surrogates(std::move(bytes));

  Tree tree;
  TreeBuilder builder(tree, offset, limits.max_depth);
  try {
    std::istringstream stream(std::move(bytes));
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Tree rest;
    TreeBuilder rest_builder(rest, offset, limits.max_depth);
    if (parser.HandleNextDocument(rest_builder) && rest.root->kind != Node::Kind::kNull) {
      return fail(place(name, chunk, rest.root->start),
                  "more content after the end of the document: is a --- missing?");
    }
    if (masked) read_json_strings_again(chunk.text, tree);
    // yaml-cpp takes the end of the text for the closing quote of the last scalar.
    if (!tree.nodes.empty() && !Layout(chunk.text).is_closed(tree.nodes.back())) {
      return fail(place(name, chunk, tree.nodes.back().start), "a quoted text is not closed");
    }
  } catch (const TooDeep& deep) {
    return too_deep(name, chunk, deep.byte, limits);
  } catch (const YAML::Exception& error) {
    const std::size_t byte = offset + static_cast<std::size_t>(std::max(error.mark.pos, 0));
    return fail(place(name, chunk, byte), "not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    return fail(place(name, chunk, 0), std::string("not valid YAML: ") + error.what());
  }
  return tree;
}

Position position_of(const Chunk& chunk, std::size_t byte) {
  const std::string_view before = chunk.text.substr(0, std::min(byte, chunk.text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return {chunk.first_line + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(column)};
}

std::string place(std::string_view name, const Chunk& chunk, std::size_t byte) {
  return std::string(name) + ":" + std::to_string(position_of(chunk, byte).line);
}

}  // namespace meshtrace::yaml
