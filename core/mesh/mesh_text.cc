#include "core/mesh/mesh_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mesh/mesh_text_entry.h"
#include "core/yaml/yaml.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Values after aliases; a text of the largest size has half as many without them.
constexpr std::size_t kMaxNodes = 1'000'000;

// The text behind its byte order mark, which stays where it is.
std::string_view take_byte_order_mark(std::string_view& text) {
  const std::string_view mark = text.substr(0, text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  text.remove_prefix(mark.size());
  return mark;
}

// The mesh without the entry. A list of providers that has nothing else in it counts as none, as it does for Istio.
json without(json mesh, const Entry& entry) {
  if (entry.provider.empty()) {
    mesh.erase(entry.key);
    return mesh;
  }
  const auto list = mesh.find(entry.key);
  if (list == mesh.end()) return mesh;
  if (list->is_array()) {
    list->erase(std::remove_if(
                    list->begin(), list->end(),
                    [&](const json& item) { return item.is_object() && item.value("name", json()) == entry.provider; }),
                list->end());
  }
  if (list->empty()) mesh.erase(list);
  return mesh;
}

// What an edit of one entry has come to: the text, and what it reads as.
struct Proven {
  std::string text;
  json mesh;
};

using Read = Result<json> (*)(std::string_view name, std::string_view text);

class Editor {
 public:
  // `mesh` is what `read` makes of the text.
  Editor(std::string_view name, std::string_view text, json mesh, Read read)
      : name_(name), current_{std::string(text), std::move(mesh)}, read_(read) {}

  Result<std::optional<std::string>> set(const EntryEdit& edit) {
    const json* there = find_entry(current_.mesh, edit.entry);
    auto step = set_entry(name_, current_.text, edit.entry, edit.value);
    if (!step) return tl::make_unexpected(std::move(step.error()));
    // Equal already: not a byte changes, but what stands there is remembered all the same.
    if (there != nullptr && *there == edit.value) return std::move(step->previous);
    auto proven = prove(std::move(step->text), edit.entry);
    if (!proven) return tl::make_unexpected(std::move(proven.error()));
    const json* now = find_entry(proven->mesh, edit.entry);
    if (now == nullptr || *now != edit.value) return unprovable(edit.entry);
    const auto back = restore_entry(name_, proven->text, edit.entry, step->previous);
    if (!back || *back != current_.text) return unprovable(edit.entry);
    current_ = *std::move(proven);
    return std::move(step->previous);
  }

  Result<void> restore(const EntryRestore& restore) {
    auto text = restore_entry(name_, current_.text, restore.entry, restore.previous);
    if (!text) return tl::make_unexpected(std::move(text.error()));
    if (*text == current_.text) return {};
    auto proven = prove(*std::move(text), restore.entry);
    if (!proven) return tl::make_unexpected(std::move(proven.error()));
    if ((find_entry(proven->mesh, restore.entry) != nullptr) != restore.previous.has_value()) {
      return unprovable(restore.entry);
    }
    current_ = *std::move(proven);
    return {};
  }

  [[nodiscard]] std::string take_text() { return std::move(current_.text); }

 private:
  // The text read again: whatever is not the entry is what it was.
  [[nodiscard]] Result<Proven> prove(std::string text, const Entry& entry) const {
    if (text.size() > kMaxMeshTextBytes) {
      return fail(std::string(name_),
                  fmt::format("with {} it would be larger than {} bytes", entry.path(), kMaxMeshTextBytes));
    }
    auto mesh = read_(name_, text);
    if (!mesh || without(*mesh, entry) != without(current_.mesh, entry)) return unprovable(entry);
    return Proven{std::move(text), *std::move(mesh)};
  }

  [[nodiscard]] tl::unexpected<Error> unprovable(const Entry& entry) const {
    const auto documents = yaml::read(name_, current_.text);
    const int line = documents && !documents->empty() ? documents->front().at("/" + entry.key).line : 1;
    return fail(fmt::format("{}:{}", name_, line),
                fmt::format("{} cannot be changed here alone, the text is written too unusually", entry.path()));
  }

  std::string_view name_;
  Proven current_;
  Read read_;
};

}  // namespace

std::string Entry::path() const { return provider.empty() ? key : fmt::format("{}[{}]", key, provider); }

Result<json> read_mesh_text(std::string_view name, std::string_view text) {
  if (text.size() > kMaxMeshTextBytes) {
    return fail(std::string(name), fmt::format("larger than {} bytes", kMaxMeshTextBytes));
  }
  yaml::Limits limits;
  limits.max_bytes = kMaxMeshTextBytes;
  limits.max_nodes = kMaxNodes;
  auto documents = yaml::read(name, text, limits);
  if (!documents) return tl::make_unexpected(std::move(documents.error()));
  if (documents->size() > 1) {
    return fail(fmt::format("{}:{}", name, documents->at(1).first_line),
                "a second document begins here, which Istio does not read; leave one");
  }
  if (documents->empty() || documents->front().value.is_null()) return json::object();
  yaml::Document& document = documents->front();
  if (!document.value.is_object()) {
    return fail(fmt::format("{}:{}", name, document.at("").line), "the mesh configuration must be a map");
  }
  return std::move(document.value);
}

const json* find_entry(const json& mesh, const Entry& entry) {
  const auto member = mesh.find(entry.key);
  if (member == mesh.end()) return nullptr;
  if (entry.provider.empty()) return &*member;
  for (const json& item : *member) {
    if (item.is_object() && item.value("name", json()) == entry.provider) return &item;
  }
  return nullptr;
}

Result<EditedText> edit_mesh_text(std::string_view name, std::string_view text, const std::vector<EntryEdit>& edits) {
  const std::string_view mark = take_byte_order_mark(text);
  auto mesh = read_mesh_text(name, text);
  if (!mesh) return tl::make_unexpected(std::move(mesh.error()));
  Editor editor(name, text, *std::move(mesh), read_mesh_text);
  EditedText edited;
  for (const EntryEdit& edit : edits) {
    auto previous = editor.set(edit);
    if (!previous) return tl::make_unexpected(std::move(previous.error()));
    edited.previous.push_back(*std::move(previous));
  }
  edited.text = std::string(mark) + editor.take_text();
  return edited;
}

Result<std::string> restore_mesh_text(std::string_view name, std::string_view text,
                                      const std::vector<EntryRestore>& restores) {
  const std::string_view mark = take_byte_order_mark(text);
  auto mesh = read_ended_mesh_text(name, text);
  if (!mesh) return tl::make_unexpected(std::move(mesh.error()));
  Editor editor(name, text, *std::move(mesh), read_ended_mesh_text);
  for (const EntryRestore& restore : restores) {
    if (auto restored = editor.restore(restore); !restored) return tl::make_unexpected(std::move(restored.error()));
  }
  return std::string(mark) + editor.take_text();
}

}  // namespace meshtrace::mesh
