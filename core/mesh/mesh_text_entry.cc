#include "core/mesh/mesh_text_entry.h"

#include <fmt/format.h>

#include <utility>

#include "core/mesh/provider_list.h"
#include "core/yaml/splice.h"
#include "core/yaml/split.h"
#include "core/yaml/tree.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using yaml::Member;
using yaml::Node;

// What the bytes behind a key in this column say by themselves; none where they need the rest of the text, as an alias.
std::optional<json> value_of(const std::string& bytes, std::size_t column) {
  const auto mesh = read_mesh_text("", std::string(column, ' ') + "key: " + bytes + "\n");
  return mesh && mesh->contains("key") ? std::optional(mesh->at("key")) : std::nullopt;
}

// The text's syntax tree and what is asked of it.
class Step {
 public:
  Step(std::string_view name, const yaml::Chunk& chunk, const yaml::Tree& tree, const Entry& entry)
      : name_(name),
        chunk_(chunk),
        entry_(entry),
        root_(tree.root != nullptr && tree.root->kind == Node::Kind::kMap ? tree.root : nullptr),
        splicer_(chunk, tree),
        providers_(tree, splicer_),
        member_(root_ != nullptr ? splicer_.find(*root_, entry.key) : std::nullopt) {}

  Result<EntryStep> set(const json& value) { return entry_.provider.empty() ? set_member(value) : set_provider(value); }

  Result<std::string> restore(const std::optional<std::string>& previous) {
    return entry_.provider.empty() ? restore_member(previous) : restore_provider(previous);
  }

 private:
  Result<EntryStep> set_member(const json& value) {
    if (!member_) {
      return inserted(splicer_.insert_member(root_, entry_.key, splicer_.new_value_bytes(is_flow(), value)));
    }
    if (const auto shared = splicer_.shared_anchor(member_->value())) return refuse_shared(*shared);
    return replaced(splicer_.value_span(*member_), splicer_.value_bytes(*member_, value));
  }

  Result<EntryStep> set_provider(const json& value) {
    if (!member_) return inserted(splicer_.insert_member(root_, entry_.key, providers_.new_list(is_flow(), value)));
    const auto list = providers_.find(*member_);
    if (!list) return refuse(member_->key(), list.error().what);
    if (list->node == nullptr) return inserted(splicer_.insert_first_item(*member_, value));
    const auto index = providers_.index_of(*list->node, entry_.provider);
    if (!index) return refuse(*list->node, index.error().what);
    if (splicer_.is_shared(*list->node)) return refuse_shared(list->node->start);
    if (!*index) return inserted(splicer_.insert_item(*list->node, value));
    const Node& item = *list->node->items[**index];
    if (const auto shared = splicer_.shared_anchor(item)) return refuse_shared(*shared);
    return replaced(splicer_.item_span(item), splicer_.item_bytes(*list->node, item, value));
  }

  Result<std::string> restore_member(const std::optional<std::string>& previous) {
    if (!member_) {
      if (!previous) return std::string(chunk_.text);
      return splicer_.insert_member(root_, entry_.key, *previous).apply(chunk_.text);
    }
    if (const auto shared = splicer_.shared_anchor(member_->value())) return refuse_shared(*shared);
    if (!previous) return removed(splicer_.remove_member(*member_), member_->key());
    yaml::Span span = splicer_.value_span(*member_);
    // A comment that somebody put behind our value meanwhile would become part of a block scalar.
    if (yaml::is_block_scalar(*previous)) span.end = splicer_.layout().line_end(span.end);
    std::string restored = yaml::Splice{span, *previous}.apply(chunk_.text);
    // So would one on the lines below. The value is worth more than its bytes.
    const auto value = value_of(*previous, splicer_.layout().column(member_->key().start));
    const auto mesh = read_ended_mesh_text(name_, restored);
    const json* now = mesh ? find_entry(*mesh, entry_) : nullptr;
    if (!value || now == nullptr || *now == *value) return restored;
    return yaml::Splice{splicer_.value_span(*member_), splicer_.value_bytes(*member_, *value)}.apply(chunk_.text);
  }

  Result<std::string> restore_provider(const std::optional<std::string>& previous) {
    const auto list = member_ ? providers_.find(*member_) : ProviderList{};
    if (!list) return refuse(member_->key(), list.error().what);
    const auto index =
        list->node != nullptr ? providers_.index_of(*list->node, entry_.provider) : std::optional<std::size_t>();
    if (!index) return refuse(*list->node, index.error().what);
    if (!*index) {
      if (!previous) return std::string(chunk_.text);
      return fail(std::string(name_), fmt::format("{} is not there any more, so it cannot be put back", entry_.path()));
    }
    const Node& item = *list->node->items[**index];
    if (splicer_.is_shared(*list->node)) return refuse_shared(list->node->start);
    if (const auto shared = splicer_.shared_anchor(item)) return refuse_shared(*shared);
    if (previous) return yaml::Splice{splicer_.item_span(item), *previous}.apply(chunk_.text);
    if (providers_.goes_with_last_item(*member_, *list->node)) {
      return removed(splicer_.remove_member(*member_), member_->key());
    }
    return removed(splicer_.remove_item(*list->node, **index), item);
  }

  [[nodiscard]] bool is_flow() const { return root_ != nullptr && root_->flow; }

  Result<EntryStep> inserted(const yaml::Splice& splice) const {
    return EntryStep{splice.apply(chunk_.text), std::nullopt};
  }

  Result<EntryStep> replaced(yaml::Span span, std::string bytes) const {
    return EntryStep{yaml::Splice{span, std::move(bytes)}.apply(chunk_.text),
                     std::string(chunk_.text.substr(span.begin, span.end - span.begin))};
  }

  Result<std::string> removed(const std::optional<yaml::Splice>& splice, const Node& node) const {
    if (!splice) return refuse(node, fmt::format("{} shares its line with something else", entry_.path()));
    return splice->apply(chunk_.text);
  }

  [[nodiscard]] tl::unexpected<Error> refuse_shared(std::size_t byte) const {
    return fail(yaml::place(name_, chunk_, byte),
                fmt::format("an alias elsewhere uses the anchor that stands here in {}, so that a change would show "
                            "there, too; write it out",
                            entry_.key));
  }

  [[nodiscard]] tl::unexpected<Error> refuse(const Node& node, std::string what) const {
    return fail(yaml::place(name_, chunk_, node.start), std::move(what));
  }

  std::string_view name_;
  const yaml::Chunk& chunk_;
  const Entry& entry_;
  const Node* root_;  // null where the document has no content
  yaml::Splicer splicer_;
  Providers providers_;
  std::optional<Member> member_;  // of the entry's key
};

yaml::Chunk only_chunk(std::string_view text) {
  const auto chunks = yaml::split(text);
  return chunks.size() == 1 ? chunks.front() : yaml::Chunk{text};
}

}  // namespace

Result<json> read_ended_mesh_text(std::string_view name, std::string_view text) {
  return text.ends_with('\n') ? read_mesh_text(name, text) : read_mesh_text(name, std::string(text) + '\n');
}

Result<EntryStep> set_entry(std::string_view name, std::string_view text, const Entry& entry, const json& value) {
  const yaml::Chunk chunk = only_chunk(text);
  const auto tree = yaml::parse(name, chunk, {});
  if (!tree) return tl::make_unexpected(tree.error());
  return Step(name, chunk, *tree, entry).set(value);
}

Result<std::string> restore_entry(std::string_view name, std::string_view text, const Entry& entry,
                                  const std::optional<std::string>& previous) {
  const yaml::Chunk chunk = only_chunk(text);
  const auto tree = yaml::parse(name, chunk, {});
  if (!tree) return tl::make_unexpected(tree.error());
  return Step(name, chunk, *tree, entry).restore(previous);
}

}  // namespace meshtrace::mesh
