// The mesh's configuration (MeshConfig) as a YAML text that several writers share: what stands in it, and the edit that
// changes a few of its entries and no other byte. Whether to edit is plan.h's decision.
// Source: Istio, istio.mesh.v1alpha1.MeshConfig; ConfigMap istio, key mesh.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace meshtrace::mesh {

// The largest text that is edited, in bytes: a ConfigMap ends at 1 MiB, its other keys need room, too.
inline constexpr std::size_t kMaxMeshTextBytes = 1'000'000;

// One place of the text: a top-level key, or with `provider` the entry of that name in extensionProviders.
struct Entry {
  std::string key;       // "accessLogFormat"; "extensionProviders" with `provider`
  std::string provider;  // "meshtrace-0123456789abcdef"; empty for a top-level key
  // "accessLogFormat", "extensionProviders[meshtrace-0123456789abcdef]": what status.targets[].field ends with.
  [[nodiscard]] std::string path() const;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};

// The text's value: an object, empty for an empty text. An error names the line: YAML that does not parse, several
// documents, duplicate keys, no map at the top, too large.
Result<nlohmann::json> read_mesh_text(std::string_view name, std::string_view text);

// The entry's value in what read_mesh_text() gave, or null.
const nlohmann::json* find_entry(const nlohmann::json& mesh, const Entry& entry);

struct EntryEdit {
  Entry entry;
  nlohmann::json value;  // what the entry is to be
};
struct EntryRestore {
  Entry entry;
  // The bytes that stood there, as edit_mesh_text() gave them; absent: there was no such entry.
  std::optional<std::string> previous;
};

struct EditedText {
  std::string text;
  // For each edit, in its order: the bytes that stood there before, such that restore_mesh_text() brings back the text
  // byte for byte; absent where there was no such entry.
  std::vector<std::optional<std::string>> previous;
};

// Sets entries. Comments, order, quotes, anchors and line endings of everything else stay; the result has been read
// again and differs from the old value in the meant entries alone. An edit that cannot be proven so is an error.
Result<EditedText> edit_mesh_text(std::string_view name, std::string_view text, const std::vector<EntryEdit>& edits);

// Puts entries back. Where nobody else changed the text, it is byte for byte what it was before the edit.
Result<std::string> restore_mesh_text(std::string_view name, std::string_view text,
                                      const std::vector<EntryRestore>& restores);

}  // namespace meshtrace::mesh
