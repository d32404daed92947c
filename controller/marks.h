// What happened to a write of ours after it was made: the proxies refused it, or another manager keeps reverting it.
// Held here until the policy's status has recorded it, from where the plan reads it (mesh::Facts::recorded).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/mesh/facts.h"

namespace meshtrace::controller {

// A field of an object: "ConfigMap istio-system/istio data.mesh.accessLogFormat".
struct ObjectField {
  std::string kind;
  std::string ns;
  std::string name;
  std::string field;  // "spec" for a whole object
  friend auto operator<=>(const ObjectField&, const ObjectField&) = default;
};

// One field as it was written.
struct WrittenField {
  ObjectField field;
  std::string applied;  // hash of the value, as mesh::Target has it
  friend auto operator<=>(const WrittenField&, const WrittenField&) = default;
};

struct Mark {
  std::string state;    // mesh::kStateRejected, mesh::kStateReverted
  std::string message;  // Envoy's, or the field manager's name
};

class Marks {
 public:
  void set(const WrittenField& written, Mark mark);

  // Puts the marks onto the targets that were written so, and forgets those that the status already has.
  void mark(std::map<mesh::PolicyKey, std::vector<mesh::Target>>& recorded);

 private:
  std::map<WrittenField, Mark> marks_;
};

WrittenField written_field(const mesh::Target& target);

}  // namespace meshtrace::controller
