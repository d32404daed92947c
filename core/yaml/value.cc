// The JSON value of a syntax tree, with what Kubernetes needs refused: duplicate keys, merge keys, alias bombs.
#include <utility>

#include "core/yaml/scalar.h"
#include "core/yaml/tree.h"

namespace meshtrace::yaml {
namespace {

using nlohmann::json;

class Converter {
 public:
  Converter(std::string_view name, const Chunk& chunk, const Tree& tree, const Limits& limits)
      : name_(name), chunk_(chunk), tree_(tree), limits_(limits), nodes_left_(limits.max_nodes) {}

  Result<json> value(const Node& node, int depth) {
    const Node& real = tree_.resolve(node);
    if (depth > limits_.max_depth) {
      return refuse(node, "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    // A long text counts as several nodes, so that a bomb of few large texts ends as well.
    constexpr std::size_t kBytesOfNode = 64;
    const std::size_t cost = 1 + real.text.size() / kBytesOfNode;
    if (cost > nodes_left_) {
      return refuse(node, "more than " + std::to_string(limits_.max_nodes) + " values after following aliases");
    }
    nodes_left_ -= cost;
    switch (real.kind) {
      case Node::Kind::kScalar:
        return scalar(real);
      case Node::Kind::kSequence:
        return sequence(real, depth);
      case Node::Kind::kMap:
        return map(real, depth);
      default:
        return json(nullptr);
    }
  }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse(const Node& node, std::string what) const {
    return fail(place(name_, chunk_, node.start), std::move(what));
  }

  Result<json> scalar(const Node& node) {
    auto value = typed_scalar(node.tag, node.text);
    if (!value) return refuse(node, std::move(value.error().what));
    return value;
  }

  Result<json> sequence(const Node& node, int depth) {
    json array = json::array();
    for (const Node* item : node.items) {
      auto element = value(*item, depth + 1);
      if (!element) return element;
      array.push_back(*std::move(element));
    }
    return array;
  }

  Result<json> map(const Node& node, int depth) {
    json object = json::object();
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
      auto key = checked_key(*node.items[i]);
      if (!key) return tl::make_unexpected(std::move(key.error()));
      if (object.contains(*key)) return refuse(*node.items[i], "the key \"" + *key + "\" stands here twice");
      auto member = value(*node.items[i + 1], depth + 1);
      if (!member) return member;
      object.emplace(*std::move(key), *std::move(member));
    }
    return object;
  }

  Result<std::string> checked_key(const Node& node) {
    const Node& key = tree_.resolve(node);
    if (key.kind == Node::Kind::kScalar && key.tag == "?" && key.text == "<<") {
      return refuse(node, "merge keys (<<) are not supported: write the merged fields out");
    }
    if (key.kind == Node::Kind::kNull) return refuse(node, "a key must be text");
    if (key.kind != Node::Kind::kScalar) {
      return refuse(node, "a key must be text, not a map or a list (a template must be rendered first)");
    }
    auto typed = scalar(key);
    if (!typed) return tl::make_unexpected(std::move(typed.error()));
    auto text = key_text(*typed);
    if (!text) return refuse(node, std::move(text.error().what));
    return text;
  }

  std::string_view name_;
  const Chunk& chunk_;
  const Tree& tree_;
  const Limits& limits_;
  std::size_t nodes_left_;
};

}  // namespace

Result<json> to_json(std::string_view name, const Chunk& chunk, const Tree& tree, const Limits& limits) {
  if (tree.root == nullptr) return json(nullptr);
  return Converter(name, chunk, tree, limits).value(*tree.root, 1);
}

std::string key_of(const Node& key) {
  const auto typed = typed_scalar(key.tag, key.text);
  return typed ? key_text(*typed).value_or("") : "";
}

}  // namespace meshtrace::yaml
