#include <charconv>
#include <utility>

#include "core/yaml/tree.h"
#include "core/yaml/yaml.h"

namespace meshtrace::yaml {
namespace {

// The next reference token of a JSON pointer, unescaped (RFC 6901, section 4), taken off its front.
std::string take_token(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const std::string_view raw = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(raw.size());
  std::string token;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool escaped = raw[i] == '~' && i + 1 < raw.size();
    token += !escaped ? raw[i] : raw[++i] == '1' ? '/' : '~';
  }
  return token;
}

struct Step {
  const Node* place = nullptr;  // where a reader should look
  const Node* value = nullptr;
};

Step step_into(const Node& node, const std::string& token) {
  if (node.kind == Node::Kind::kSequence) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (error != std::errc{} || end != token.data() + token.size() || index >= node.items.size()) return {};
    return {node.items[index], node.items[index]};
  }
  for (std::size_t i = 0; node.kind == Node::Kind::kMap && i + 1 < node.items.size(); i += 2) {
    if (key_of(*node.items[i]) == token) return {node.items[i], node.items[i + 1]};
  }
  return {};
}

}  // namespace

Position Document::at(std::string_view pointer) const {
  const Chunk chunk{text, first_line, is_json};
  if (!tree) {
    auto parsed = parse(name, chunk, {});
    if (!parsed) return {first_line, 1};
    tree = std::make_shared<const Tree>(*std::move(parsed));
  }
  if (tree->root == nullptr) return {first_line, 1};
  Step step{tree->root, tree->root};
  while (pointer.starts_with('/')) {
    const Step next = step_into(tree->resolve(*step.value), take_token(pointer));
    if (next.value == nullptr) break;
    step = next;
  }
  return position_of(chunk, step.place->start);
}

Result<std::vector<Document>> read(std::string_view name, std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(std::string(name), "larger than " + std::to_string(limits.max_bytes >> 20) + " MiB");
  }
  if (auto characters = check_characters(name, text); !characters) {
    return tl::make_unexpected(std::move(characters.error()));
  }
  std::vector<Document> documents;
  for (const Chunk& chunk : split(text)) {
    auto tree = parse(name, chunk, limits);
    if (!tree) return tl::make_unexpected(std::move(tree.error()));
    auto value = to_json(name, chunk, *tree, limits);
    if (!value) return tl::make_unexpected(std::move(value.error()));
    documents.push_back({std::string(name), chunk.text, chunk.first_line, chunk.is_json, *std::move(value), nullptr});
  }
  return documents;
}

}  // namespace meshtrace::yaml
