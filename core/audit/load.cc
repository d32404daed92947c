#include "core/audit/load.h"

#include <fmt/format.h>

#include <utility>

#include "core/audit/json_list.h"
#include "core/audit/json_value.h"
#include "core/base/json.h"
#include "core/yaml/split.h"
#include "core/yaml/tree.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kList = "List";

struct Opening {
  const Piece& piece;
  const std::string& default_namespace;
  Loaded& loaded;

  void refuse(std::string what) const {
    loaded.problems.push_back({fmt::format("{}:{}", piece.file, piece.first_line), std::move(what)});
  }
};

// An item of a PodList as the API server writes it is a Pod, and does not say so.
void inherit_kind(json& value, std::string_view list_api_version, std::string_view list_kind) {
  const std::string_view kind = list_kind.substr(0, list_kind.size() - (list_kind.ends_with(kList) ? kList.size() : 0));
  if (kind.empty() || value.contains("kind")) return;
  value["kind"] = kind;
  value["apiVersion"] = list_api_version;
}

// Lists (List, PodList, …) are opened, also Lists of Lists; the reader bounds the depth.
void open(const Opening& opening, json value, const std::string& pointer) {
  const Piece& piece = opening.piece;
  if (!value.is_object()) {
    return opening.refuse("not a Kubernetes object: a map with apiVersion and kind is expected here");
  }
  const std::string kind = string_member(value, {"kind"});
  if (kind.empty()) return opening.refuse("no kind: this is not a Kubernetes object");
  const auto items = value.find("items");
  if (kind.ends_with(kList) && items != value.end() && items->is_array()) {
    const std::string api_version = string_member(value, {"apiVersion"});
    for (std::size_t i = 0; i < items->size(); ++i) {
      json& item = (*items)[i];
      if (item.is_object()) inherit_kind(item, api_version, kind);
      open(opening, std::move(item), fmt::format("{}/items/{}", pointer, i));
    }
    return;
  }
  ++opening.loaded.seen;
  Place place{std::string(piece.file), piece.text, piece.first_line, piece.is_json, pointer};
  if (auto object = make_object(std::move(value), std::move(place), opening.default_namespace)) {
    opening.loaded.objects.push_back(std::move(object));
  }
}

Result<json> read_value(const Piece& piece) {
  if (piece.is_json) {
    if (auto value = read_json_object(piece.text)) return *std::move(value);
  }
  const yaml::Chunk chunk{piece.text, piece.first_line, piece.is_json};
  const auto tree = yaml::parse(piece.file, chunk, {});
  if (!tree) return tl::make_unexpected(tree.error());
  return yaml::to_json(piece.file, chunk, *tree, {});
}

Pieces pieces_of(std::string_view file, const JsonList& list) {
  Pieces pieces;
  pieces.pieces.reserve(list.items.size());
  for (const JsonItem& item : list.items) {
    pieces.pieces.push_back({file, item.text, item.line, true, list.api_version, list.kind});
  }
  if (list.is_cut_off) {
    pieces.problems.push_back({fmt::format("{}:{}", file, list.last_line),
                               fmt::format("the JSON List ends in the middle, after {} items", list.items.size())});
  }
  return pieces;
}

}  // namespace

Pieces cut(std::string_view file, std::string_view text) {
  if (const auto list = cut_json_list(text)) return pieces_of(file, *list);
  Pieces pieces;
  for (const yaml::Chunk& chunk : yaml::split(text)) {
    if (auto characters = yaml::check_characters(file, chunk.text, chunk.first_line); !characters) {
      pieces.problems.push_back(std::move(characters.error()));
    } else {
      pieces.pieces.push_back({file, chunk.text, chunk.first_line, chunk.is_json});
    }
  }
  return pieces;
}

void load(const Piece& piece, const std::string& default_namespace, Loaded& loaded) {
  auto value = read_value(piece);
  if (!value) {
    loaded.problems.push_back(std::move(value.error()));
  } else if (!value->is_null()) {
    if (value->is_object()) inherit_kind(*value, piece.list_api_version, piece.list_kind);
    open({piece, default_namespace, loaded}, *std::move(value), "");
  }
}

}  // namespace meshtrace::audit
