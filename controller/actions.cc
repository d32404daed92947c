#include "controller/actions.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/mesh/document.h"
#include "core/mesh/mesh_text.h"
#include "kube/json.h"

namespace meshtrace::controller {
namespace {

using nlohmann::json;
using Verb = Action::Verb;

const json* find_object(const Snapshot& snapshot, const mesh::ObjectRef& ref) {
  for (const auto& [kind, objects] : snapshot.objects) {
    if (name_of(kind) != ref.kind) continue;
    const auto found = objects.find({ref.ns, ref.name});
    return found == objects.end() ? nullptr : found->second.get();
  }
  return nullptr;
}

// What a policy's status says, and what its life asks for: one write at a time, the finalizer before what it guards.
class PolicyActions {
 public:
  explicit PolicyActions(const ActionInput& input) : input_(input) {}

  std::optional<Action> operator()(const mesh::PolicyKey& key, const StoredPolicy& stored) const {
    const auto found = input_.plan.outcomes.find(key);
    const mesh::Outcome* outcome = found == input_.plan.outcomes.end() ? nullptr : &found->second;
    const bool guarded = outcome != nullptr && outcome->needs_finalizer;
    if (guarded && !stored.has_finalizer() && !stored.deleting()) {
      return make(Verb::kAddFinalizer, key, stored, nullptr);
    }
    if (stored.deleting() && stored.has_finalizer() && !guarded) {
      return make(Verb::kRemoveFinalizer, key, stored, outcome);
    }
    StatusInput status;
    status.outcome = outcome;
    status.workloads = input_.workloads(key);
    status.audits = input_.audit != nullptr;
    if (input_.audit) status.audit = input_.audit(key);
    status.write_problem = outcome ? write_problem(*outcome) : "";
    const json wanted = make_status(stored, status, input_.now);
    if (wanted != stored.status()) {
      Action action = make(Verb::kStatus, key, stored, outcome);
      action.body = status_patch(stored, wanted);
      const auto turned = events_of(stored, wanted);
      action.events.insert(action.events.end(), turned.begin(), turned.end());
      return action;
    }
    if (!guarded && stored.has_finalizer()) return make(Verb::kRemoveFinalizer, key, stored, outcome);
    return std::nullopt;
  }

 private:
  Action make(Verb verb, const mesh::PolicyKey& key, const StoredPolicy& stored, const mesh::Outcome* outcome) const {
    Action action{verb, {policy::kKind, key.first, key.second}, {}, stored.object, {}, {}, {}};
    if (outcome != nullptr) {
      for (const std::string& notice : outcome->notices) {
        action.events.push_back(event_about(stored, "LeftAsItIs", kube::Event::Type::kWarning, notice));
      }
    }
    if (verb == Verb::kRemoveFinalizer && stored.deleting() && action.events.empty()) {
      action.events.push_back(event_about(stored, "Restored", kube::Event::Type::kNormal,
                                          "What the policy had changed in the mesh stands as before it."));
    }
    return action;
  }

  static kube::Event event_about(const StoredPolicy& stored, const char* reason, kube::Event::Type type,
                                 const std::string& note) {
    kube::Event event;
    event.type = type;
    event.regarding = {policy::kApiVersion, policy::kKind, stored.ns(), stored.name(),
                       kube::metadata_string(stored.object, "uid")};
    event.reason = reason;
    event.action = "Restore";
    event.note = note;
    return event;
  }

  std::string write_problem(const mesh::Outcome& outcome) const {
    for (const mesh::Target& target : outcome.targets) {
      const std::string problem = input_.write_problem({target.kind, target.ns, target.name});
      if (!problem.empty()) return target.kind + " " + target.ns + "/" + target.name + " cannot be written: " + problem;
    }
    return "";
  }

  const ActionInput& input_;
};

// What the statuses that the plan wants record for some fields of an object.
std::vector<WrittenField> recorded_fields(const mesh::Plan& plan, const mesh::ObjectRef& ref,
                                          const std::vector<std::string>& fields) {
  std::vector<WrittenField> written;
  for (const auto& [policy, outcome] : plan.outcomes) {
    for (const mesh::Target& target : outcome.targets) {
      const bool is_meant = target.kind == ref.kind && target.ns == ref.ns && target.name == ref.name &&
                            !target.applied.empty() &&
                            std::find(fields.begin(), fields.end(), target.field) != fields.end();
      if (is_meant) written.push_back(written_field(target));
    }
  }
  std::sort(written.begin(), written.end());
  written.erase(std::unique(written.begin(), written.end()), written.end());
  return written;
}

// "data.mesh.extensionProviders[meshtrace-…]" as an entry.
mesh::Entry entry_of(std::string_view field) {
  constexpr std::string_view kPrefix = "data.mesh.";
  if (field.starts_with(kPrefix)) field.remove_prefix(kPrefix.size());
  const auto bracket = field.find('[');
  if (bracket == std::string_view::npos || !field.ends_with(']')) return {std::string(field), ""};
  return {std::string(field.substr(0, bracket)), std::string(field.substr(bracket + 1, field.size() - bracket - 2))};
}

// Of what is recorded, what stands in the new text: a field that is put back is none that is written.
std::vector<WrittenField> fields_of(const ActionInput& input, const mesh::ObjectRef& ref,
                                    const mesh::TextChange& change) {
  std::vector<WrittenField> fields = recorded_fields(input.plan, ref, change.fields);
  const auto mesh = mesh::read_mesh_text(ref.name, change.remove_key ? "" : change.text);
  std::erase_if(fields, [&](const WrittenField& written) {
    const json* value = mesh ? mesh::find_entry(*mesh, entry_of(written.field.field)) : nullptr;
    return value == nullptr || mesh::hash_of(*value) != written.applied;
  });
  return fields;
}

void add_texts(const ActionInput& input, std::vector<Action>& actions) {
  for (const mesh::TextChange& change : input.plan.texts) {
    const mesh::ObjectRef ref{"ConfigMap", input.root_namespace, change.config_map};
    const json* observed = find_object(input.snapshot, ref);
    if (observed == nullptr) continue;  // deleted since: the next plan knows
    Action action{Verb::kText, ref, {}, *observed, fields_of(input, ref, change), {}, {}};
    action.body = {{"metadata", {{"resourceVersion", kube::metadata_string(*observed, "resourceVersion")}}},
                   {"data", {{"mesh", change.remove_key ? json() : json(change.text)}}}};
    actions.push_back(std::move(action));
  }
}

void add_documents(const ActionInput& input, std::vector<Action>& actions) {
  for (const json& document : input.plan.documents) {
    const mesh::ObjectRef ref = mesh::ref_of(document);
    const json* observed = find_object(input.snapshot, ref);
    std::vector<FieldPath> wrong;
    if (observed != nullptr) {
      wrong = difference(document, *observed).all();
      if (wrong.empty()) continue;
    }
    actions.push_back({Verb::kApply,
                       ref,
                       document,
                       observed ? *observed : json(),
                       recorded_fields(input.plan, ref, {"spec"}),
                       std::move(wrong),
                       {}});
  }
}

void add_deletions(const ActionInput& input, std::vector<Action>& actions) {
  for (const mesh::ObjectRef& ref : input.plan.obsolete) {
    const json* observed = find_object(input.snapshot, ref);
    if (observed == nullptr || kube::metadata_string(*observed, "deletionTimestamp") != "") continue;
    actions.push_back({Verb::kDelete, ref, {}, *observed, {}, {}, {}});
  }
}

}  // namespace

const char* name_of(Action::Verb verb) {
  switch (verb) {
    case Verb::kAddFinalizer:
      return "add-finalizer";
    case Verb::kRemoveFinalizer:
      return "remove-finalizer";
    case Verb::kStatus:
      return "status";
    case Verb::kText:
      return "update";
    case Verb::kApply:
      return "apply";
    case Verb::kDelete:
      return "delete";
  }
  return "";
}

json result_of(const Action& action) {
  json object = action.observed.is_null() ? json::object() : action.observed;
  switch (action.verb) {
    case Verb::kAddFinalizer:
      object["metadata"]["finalizers"].push_back(mesh::kFinalizer);
      break;
    case Verb::kRemoveFinalizer:
      object["metadata"].erase("finalizers");
      break;
    case Verb::kApply:
      object = action.body;
      break;
    case Verb::kStatus:
    case Verb::kText:
      object.merge_patch(action.body);
      break;
    case Verb::kDelete:
      break;
  }
  return object;
}

std::size_t fingerprint(const Action& action) {
  json body = action.body;
  if (body.is_object() && body.contains("metadata")) body["metadata"].erase("resourceVersion");
  return std::hash<json>{}(body);
}

std::vector<Action> actions_of(const ActionInput& input) {
  std::vector<Action> actions;
  const PolicyActions of_policy(input);
  for (const auto& [key, stored] : input.snapshot.policies) {
    if (auto action = of_policy({key.ns, key.name}, *stored)) actions.push_back(std::move(*action));
  }
  add_texts(input, actions);
  add_documents(input, actions);
  add_deletions(input, actions);
  return actions;
}

}  // namespace meshtrace::controller
