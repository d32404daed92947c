// One mesh ConfigMap as the plan sees it: what stands in its text, what of that is ours by the record in the policies'
// status, and what stood there before us.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mesh/facts.h"
#include "core/mesh/mesh_text.h"

namespace meshtrace::mesh {

// "data.mesh.accessLogFormat": Target::field of an entry.
std::string field_of(const Entry& entry);
// The other way round; empty for a field that is no entry of the text.
std::optional<Entry> entry_of(std::string_view field);

// Target::field that says that the ConfigMap had no key `mesh` before us.
inline constexpr const char* kMeshKeyField = "data.mesh";

// What one policy's status says about one entry.
struct Record {
  PolicyKey policy;
  Target target;
};

struct MeshView {
  const MeshConfigMap* config_map = nullptr;
  std::string name;            // "ConfigMap istio-system/istio": for messages
  bool writable = false;       // by who manages it and --mesh-config-writes
  std::optional<Error> error;  // the text cannot be read: then `current` and `original` are empty objects
  nlohmann::json current;
  nlohmann::json original;                       // `current` with what stood there before us in place of our entries
  std::map<Entry, std::vector<Record>> records;  // of this ConfigMap's entries
  std::vector<Record> key_records;               // of kMeshKeyField

  [[nodiscard]] std::string_view text() const;
  // The record whose value stands in the text now; null where the entry is not ours.
  [[nodiscard]] const Record* ours(const Entry& entry) const;
};

// The target that says that the entry has this value from us; its state and `previous` are open.
Target entry_target(const Facts& facts, const MeshView& mesh, const Entry& entry, const nlohmann::json& value);

// One for each ConfigMap, sorted by name.
std::vector<MeshView> view_meshes(const Facts& facts);

}  // namespace meshtrace::mesh
