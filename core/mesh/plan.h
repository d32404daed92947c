// The decision of the network layer: from policies and facts to the full set of documents and edits, with a reason for
// whatever is not done. Pure; the same for the controller, `render` and the tests.
//
// A plan is one step from the state that the facts show, chosen so that no moment is worse than the one before: what is
// to be written into the mesh text is first recorded in a policy's status, then written; a Telemetry is applied only
// when the provider that it names stands in the text, and the provider goes only when no Telemetry names it any more.
// Made again from the new facts, the steps end where the plan asks for nothing.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/mesh/facts.h"
#include "core/policy/index.h"

namespace meshtrace::mesh {

inline constexpr const char* kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr const char* kManagedByValue = "meshtrace-controller";  // also the field manager
inline constexpr const char* kFinalizer = "meshtrace.io/mesh";

struct TextChange {
  std::string config_map;
  std::string text;  // the whole of data.mesh
  // Where the key was not there before our first write and is to go again.
  bool remove_key = false;
  std::vector<std::string> fields;  // data.mesh.accessLogFormat, …: what this write changes
};

struct Condition {
  std::string type;    // Accepted, Programmed, ResolvedRefs, Conflicted
  std::string status;  // True, False, Unknown
  std::string reason;  // one word
  std::string message;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// What is to be said in one policy's status.
struct Outcome {
  std::vector<Condition> conditions;  // in the order above
  std::vector<Target> targets;
  // The policy has, or is about to have, something in a mesh text that must be taken back when it goes. The caller sets
  // the finalizer before it writes `targets`, so that a text never changes for a policy without one.
  bool needs_finalizer = false;
  // For an Event: what could not be put back, because somebody else has changed it since. Said once, in the plan that
  // drops the target.
  std::vector<std::string> notices;
};

struct Plan {
  // Every document that should stand at this step, of ours: whole objects for server-side apply, Telemetries and
  // EnvoyFilters, sorted by kind, namespace, name. The caller writes those that differ from what is there.
  std::vector<nlohmann::json> documents;
  // Of ours, but no longer wanted: to be deleted.
  std::vector<ObjectRef> obsolete;
  // Texts that are to change now (each what it was recorded for), at most one for each ConfigMap.
  std::vector<TextChange> texts;
  // One for each policy, valid ones alone; also of those being deleted, whose targets are what is still to be taken
  // back.
  std::map<PolicyKey, Outcome> outcomes;
};

Plan make_plan(const policy::Index& policies, const Facts& facts);

// Hash of a value as Target::applied has it: 16 hexadecimal digits of the SHA-256 of its canonical JSON.
std::string hash_of(const nlohmann::json& value);

}  // namespace meshtrace::mesh
