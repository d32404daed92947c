// Whether an object of ours stands as it should: the comparison that decides between a write and none. Looks at what we
// own, as server-side apply does, so that defaults of the API server and others' labels are no difference.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace meshtrace::controller {

// Names of fields from the object's top: {"spec", "configPatches"}. Lists are taken whole: those of Istio's objects are
// atomic.
using FieldPath = std::vector<std::string>;

struct Difference {
  std::vector<FieldPath> wrong;  // that we want and that are absent or other
  // Below spec, where everything is ours: fields that we do not want and that some manager owns. A field that nobody
  // owns is a default.
  std::vector<FieldPath> surplus;
  [[nodiscard]] bool empty() const { return wrong.empty() && surplus.empty(); }
  [[nodiscard]] std::vector<FieldPath> all() const;
};

// `desired` is a whole object for server-side apply, `observed` what the API server has, with managedFields.
Difference difference(const nlohmann::json& desired, const nlohmann::json& observed);

// The merge patch that removes the fields whoever owns them; server-side apply would leave others' there.
nlohmann::json removal_of(const std::vector<FieldPath>& fields);

// Who but ourselves owns one of the fields, the most recent one first. Where nobody does (the field is gone) the
// manager that changed the object last; "unknown" where no other has.
std::string other_manager(const nlohmann::json& object, const std::vector<FieldPath>& fields);

}  // namespace meshtrace::controller
