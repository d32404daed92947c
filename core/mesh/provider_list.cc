#include "core/mesh/provider_list.h"

#include <fmt/format.h>

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using yaml::Member;
using yaml::Node;

// The mark in block style, behind the key; in flow style, where JSON has no comments, it is the blank behind the
// bracket: into a list that was there and empty, the first element is put directly behind its bracket.
constexpr std::string_view kMark = " # added by meshtrace, goes with the last of its entries";
constexpr std::string_view kMarkInFlow = "[ ";

}  // namespace

Result<ProviderList> Providers::find(const Member& member) const {
  const Node& value = member.value();
  const yaml::Span span = splicer_.value_span(member);
  switch (value.kind) {
    case Node::Kind::kSequence:
      return ProviderList{&value};
    case Node::Kind::kAlias:
      return fail("", "extensionProviders is an alias of a list that stands elsewhere, too; write it out");
    case Node::Kind::kNull:
      if (span.end == span.begin && !member.map->flow) return ProviderList{};
      return fail("", "extensionProviders is null here; write [] or leave the key out");
    default:
      return fail("", "extensionProviders is no list");
  }
}

Result<std::optional<std::size_t>> Providers::index_of(const Node& list, std::string_view provider) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const Node& item = tree_.resolve(*list.items[i]);
    if (item.kind != Node::Kind::kMap) continue;
    const auto name = splicer_.find(item, "name");
    if (!name || tree_.resolve(name->value()).text != provider) continue;
    if (found) return fail("", fmt::format("extensionProviders has two entries of the name {}", provider));
    found = i;
  }
  return found;
}

std::string Providers::new_list(bool in_flow, const json& provider) const {
  const json list = json::array({provider});
  const std::string bytes = splicer_.new_value_bytes(in_flow, list);
  if (!in_flow) return std::string(kMark) + bytes;
  const std::size_t bracket = bytes.find('[');
  return bytes.substr(0, bracket) + std::string(kMarkInFlow) + bytes.substr(bracket + 1);
}

bool Providers::goes_with_last_item(const Member& member, const Node& list) const {
  if (list.items.size() > 1) return false;
  const yaml::Layout& layout = splicer_.layout();
  const std::string_view text = layout.text();
  if (member.map->flow) {
    const std::size_t bracket = layout.content(list);
    return text.substr(bracket).starts_with(kMarkInFlow) && list.items.front()->start == bracket + kMarkInFlow.size();
  }
  const std::size_t colon = layout.colon(member.key());
  return text.substr(colon, layout.line_end(colon) - colon) == kMark;
}

}  // namespace meshtrace::mesh
