// What the files say about everything in them: the mesh's root namespace, and the namespaces that opt out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/objects.h"
#include "core/base/result.h"

namespace meshtrace::cli {

struct ScopeOptions {
  std::string root_namespace;                 // --root-namespace; empty: the mesh ConfigMap says it, else istio-system
  std::string default_namespace = "default";  // -n
};

struct Scope {
  std::string root_namespace;
  std::string default_namespace;
  std::map<std::string, std::string> opted_out;  // namespace to the place of its Namespace object

  [[nodiscard]] const std::string& namespace_of(const Object& object) const {
    return object.ns.empty() ? default_namespace : object.ns;
  }
};

// A ConfigMap that may hold a mesh's configuration: named istio or istio-REVISION.
bool is_mesh_config_map(const Object& object);

// A mesh ConfigMap is one of those with a key mesh. Two that disagree are an error, unless the
// option decides.
Result<Scope> read_scope(const std::vector<const Manifests*>& files, const ScopeOptions& options);

}  // namespace meshtrace::cli
