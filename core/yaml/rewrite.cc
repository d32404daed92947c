#include <algorithm>
#include <utility>

#include "core/yaml/rewriter.h"
#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
using nlohmann::json;

Rewriter::Rewriter(std::string_view name, const Chunk& chunk, const Tree& tree, Edits& edits)
    : name_(name),
      chunk_(chunk),
      tree_(tree),
      layout_(chunk.text),
      edits_(edits),
      json_(json_style(layout_, *tree.root, chunk.is_json)),
      usual_style_(usual_block_style(layout_, *tree.root)),
      is_aliased_(tree.anchors.size(), false) {
  for (const Node& node : tree.nodes) {
    if (node.kind == Node::Kind::kAlias) is_aliased_[node.anchor] = true;
  }
}

tl::unexpected<Error> Rewriter::refuse(std::size_t byte, std::string what) const {
  return fail(place(name_, chunk_, byte), std::move(what));
}

Result<void> Rewriter::visit_root(const json& old, const json& target) {
  return visit({nullptr, nullptr, tree_.root}, old, target);
}

Result<void> Rewriter::visit(const Slot& slot, const json& old, const json& target) {
  if (old == target) return {};
  const Node& node = *slot.value;
  if (node.kind == Node::Kind::kAlias || (node.anchor != 0 && is_aliased_[node.anchor])) {
    return refuse(node.start,
                  "this value is shared by an anchor and an alias, so that a change would show in both places; "
                  "write it out");
  }
  if (old.is_object() && target.is_object() && !old.empty() && !target.empty()) return visit_map(node, old, target);
  if (old.is_array() && target.is_array() && !old.empty() && !target.empty()) return visit_sequence(slot, old, target);
  return replace(slot, target);
}

Result<void> Rewriter::visit_map(const Node& map, const json& old, const json& target) {
  path_.push_back(&map);
  for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
    const std::string key = key_of(tree_.resolve(*map.items[i]));
    const auto member = target.find(key);
    if (member == target.end()) return refuse(map.items[i]->start, "removing the key \"" + key + "\" is not supported");
    auto done = visit({&map, map.items[i], map.items[i + 1]}, old.at(key), *member);
    if (!done) return done;
  }
  for (const auto& [key, value] : target.items()) {
    if (old.contains(key)) continue;
    auto done = add_member(map, key, value);
    if (!done) return done;
  }
  path_.pop_back();
  return {};
}

Result<void> Rewriter::visit_sequence(const Slot& slot, const json& old, const json& target) {
  path_.push_back(slot.value);
  auto done = slot.value->flow ? visit_flow_sequence(slot, old, target) : visit_block_sequence(slot, old, target);
  path_.pop_back();
  return done;
}

Result<void> Rewriter::replace(const Slot& slot, const json& target) {
  if (slot.parent == nullptr) return refuse(slot.value->start, "a whole document cannot be replaced");
  if (slot.parent->flow) {
    replace_in_flow(*slot.value, target);
    return {};
  }
  return replace_in_block(slot, target);
}

std::size_t neighbour_of_new_key(const Node& map, const std::string& key) {
  // The order in which the Kubernetes documentation writes a container.
  static constexpr std::string_view kBeforeEnv[] = {"name", "image",      "imagePullPolicy", "command",
                                                    "args", "workingDir", "ports",           "envFrom"};
  const std::size_t last = map.items.size() - 2;
  if (key != "env") return last;
  for (std::size_t i = last + 2; i >= 2; i -= 2) {
    if (std::count(std::begin(kBeforeEnv), std::end(kBeforeEnv), map.items[i - 2]->text) != 0) return i - 2;
  }
  return last;
}

Result<std::string> rewrite(const Document& document, const json& target) {
  if (document.value == target) return std::string(document.text);
  const Chunk chunk{document.text, document.first_line, document.is_json};
  const auto at_line = [&](std::size_t byte) { return place(document.name, chunk, byte); };
  auto tree = parse("", chunk, {});
  if (!tree || tree->root == nullptr) return fail(at_line(0), "the document cannot be read again for the change");

  Edits edits;
  auto done = Rewriter(document.name, chunk, *tree, edits).visit_root(document.value, target);
  if (!done) return tl::make_unexpected(std::move(done.error()));

  constexpr const char* kWrittenUnusually = "the change cannot be made here, the text is written too unusually";
  auto text = edits.apply(document.text);
  if (!text) return fail(at_line(edits.first_byte()), kWrittenUnusually);
  const auto check = read("", *text);
  if (!check || check->size() != 1 || check->front().value != target) {
    return fail(at_line(edits.first_byte()), kWrittenUnusually);
  }
  return *std::move(text);
}

}  // namespace meshtrace::yaml
