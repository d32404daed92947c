// Everything that an audit looks at, at one moment: objects by kind, namespace and name. Read-only once built.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/kinds.h"
#include "core/audit/object.h"
#include "core/mesh/version.h"

namespace meshtrace::audit {

struct SnapshotOptions {
  std::string root_namespace;  // empty: what a mesh ConfigMap among the objects says, else istio-system
  // A cluster's snapshot has every object of every kind but for `unread`; files have what somebody put there.
  bool is_cluster = false;
  Kinds unread;                        // of a cluster: not served, not allowed, or cut off
  std::optional<mesh::Version> istio;  // --istio-version, or what the cluster runs; absent: not known
  std::int64_t now = 0;                // Unix time in seconds; 0: not known, no certificate is judged by its dates
};

class Snapshot {
 public:
  // Of objects with equal kind, namespace and name the last one stays, as with kubectl apply. Null pointers are
  // skipped. Objects keep their order within a namespace: by name.
  Snapshot(std::vector<ObjectPointer> objects, SnapshotOptions options);

  // Sorted by namespace and name.
  [[nodiscard]] std::span<const ObjectPointer> all(Kind kind) const;
  [[nodiscard]] std::span<const ObjectPointer> in(Kind kind, std::string_view ns) const;
  // Null where it is not there.
  [[nodiscard]] const Object* find(Kind kind, std::string_view ns, std::string_view name) const;

  // Whether an object that is not here does not exist: a cluster's kind that was read whole; of files a kind of which
  // they have at least one object.
  [[nodiscard]] bool knows(Kind kind) const;

  [[nodiscard]] const SnapshotOptions& options() const { return options_; }
  [[nodiscard]] const std::string& root_namespace() const { return options_.root_namespace; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::array<std::vector<ObjectPointer>, kKindCount> objects_;
  SnapshotOptions options_;
  std::size_t size_ = 0;
};

// A ConfigMap that holds a mesh's configuration: istio or istio-REVISION with a key mesh.
bool is_mesh_config_map(const Object& object);

}  // namespace meshtrace::audit
