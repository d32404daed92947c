// The next step for one mesh text. First a policy's status records what is to be written and what stood there before
// (Target::applied and previous), then the text changes; so that whatever happens in between, what is ours in a text is
// known and can be put back. An entry is ours while its value's hash is a recorded one. Values come and go:
//  - wanted, not recorded: the target is asked for, the text waits;
//  - wanted and recorded: the text changes;
//  - ours and wanted by nobody: what stood there before comes back, a provider only when no Telemetry names it;
//  - recorded, but another value stands there: somebody else's now; it is left alone and the record dropped.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/mesh/mesh_view.h"
#include "core/mesh/plan.h"
#include "core/mesh/reasons.h"

namespace meshtrace::mesh {

struct WantedEntry {
  PolicyKey policy;
  EntryEdit edit;
};

struct TextPlan {
  std::optional<TextChange> change;
  std::map<PolicyKey, std::vector<Target>> targets;
  std::map<PolicyKey, std::vector<Problem>> problems;
  std::map<PolicyKey, std::vector<std::string>> notices;
  // Policies that want entries which somebody else must write.
  std::set<PolicyKey> managed_elsewhere;
};

// `named` are the providers that some Telemetry names now.
TextPlan plan_text(const MeshView& mesh, const std::vector<WantedEntry>& wanted, const std::set<std::string>& named,
                   const Facts& facts);

}  // namespace meshtrace::mesh
