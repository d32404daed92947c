#include "core/mesh/text_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mesh/mesh_text.h"
#include "core/mesh/refusal.h"

namespace meshtrace::mesh {
namespace {

using nlohmann::json;
using About = Problem::About;

// Bytes of `previous` that a status holds (status.targets[].previous in the CRD).
constexpr std::size_t kMaxPreviousBytes = 65'536;

struct Want {
  json value;
  std::string hash;
  std::vector<PolicyKey> policies;

  [[nodiscard]] bool by(const PolicyKey& policy) const {
    return std::find(policies.begin(), policies.end(), policy) != policies.end();
  }
};

class Planner {
 public:
  Planner(const MeshView& mesh, const std::set<std::string>& named, const Facts& facts)
      : mesh_(mesh), named_(named), facts_(facts) {}

  TextPlan run(const std::vector<WantedEntry>& wanted) {
    if (mesh_.error) {
      keep_everything(wanted);
      return std::move(plan_);
    }
    for (const WantedEntry& one : wanted) add_want(one);
    std::set<Entry> entries;
    for (const auto& [entry, want] : wants_) entries.insert(entry);
    for (const auto& [entry, records] : mesh_.records) entries.insert(entry);
    for (const Entry& entry : entries) step(entry);
    mark_added_key();
    change_text();
    return std::move(plan_);
  }

 private:
  void add_target(const PolicyKey& policy, const Target& target) {
    auto& targets = plan_.targets[policy];
    const bool there = std::any_of(targets.begin(), targets.end(), [&](const Target& one) {
      return one.field == target.field && one.applied == target.applied;
    });
    if (!there) targets.push_back(target);
  }

  // A text that cannot be read is not touched, and what the status knows about it stays known.
  void keep_everything(const std::vector<WantedEntry>& wanted) {
    const Problem problem{
        About::kProgrammed, kReasonInvalidMeshConfig,
        fmt::format("the mesh's configuration cannot be edited and stays as it is: {}", mesh_.error->message())};
    std::set<PolicyKey> concerned;
    for (const WantedEntry& one : wanted) concerned.insert(one.policy);
    for (const auto& [entry, records] : mesh_.records) {
      for (const Record& record : records) {
        add_target(record.policy, record.target);
        concerned.insert(record.policy);
      }
    }
    for (const Record& record : mesh_.key_records) add_target(record.policy, record.target);
    for (const PolicyKey& policy : concerned) plan_.problems[policy].push_back(problem);
  }

  void add_want(const WantedEntry& one) {
    const Target place = entry_target(facts_, mesh_, one.edit.entry, one.edit.value);
    if (const Target* refused = refusal_of(facts_, one.policy, place)) {
      add_target(one.policy, *refused);
      plan_.problems[one.policy].push_back(refusal_problem(*refused));
      if (refused->state == kStateReverted) given_up_.insert(one.edit.entry);
      return;
    }
    Want& want = wants_[one.edit.entry];
    want.value = one.edit.value;
    want.hash = place.applied;
    want.policies.push_back(one.policy);
  }

  void step(const Entry& entry) {
    const auto found = wants_.find(entry);
    const Want* want = found == wants_.end() ? nullptr : &found->second;
    const Record* ours = mesh_.ours(entry);
    if (want != nullptr) step_towards(entry, *want, ours);
    const auto records = mesh_.records.find(entry);
    if (records == mesh_.records.end()) return;
    if (ours != nullptr && want == nullptr) step_back(entry, *ours);
    for (const Record& record : records->second) {
      if (ours != nullptr && record.target.applied == ours->target.applied) {
        keep_record(entry, record, want);
      } else {
        drop_record(entry, record, want, ours);
      }
    }
  }

  void step_towards(const Entry& entry, const Want& want, const Record* ours) {
    const json* standing = find_entry(mesh_.current, entry);
    const bool stands = standing != nullptr && *standing == want.value;
    if (!stands && !mesh_.writable) {
      Target target = entry_target(facts_, mesh_, entry, want.value);
      target.state = kStateNotWritten;
      target.applied.clear();
      for (const PolicyKey& policy : want.policies) {
        add_target(policy, target);
        plan_.managed_elsewhere.insert(policy);
      }
      return;
    }
    auto previous = ours != nullptr ? Result<std::optional<std::string>>(ours->target.previous) : bytes_at(entry);
    if (!previous || (*previous && (*previous)->size() > kMaxPreviousBytes)) {
      return refuse(entry, want, previous ? "what stands there is too large to be kept" : previous.error().message());
    }
    bool recorded = false;
    for (const PolicyKey& policy : want.policies) {
      Target target = entry_target(facts_, mesh_, entry, want.value);
      target.state = stands ? kStateApplied : kStatePending;
      target.previous = *previous;
      recorded = recorded || is_recorded(entry, policy, target);
      add_target(policy, target);
    }
    if (stands || !recorded) return;
    if (ours != nullptr) restores_.push_back({entry, ours->target.previous});
    edits_.push_back({entry, want.value});
  }

  void step_back(const Entry& entry, const Record& ours) {
    if (given_up_.contains(entry) || !mesh_.writable || is_named(entry)) return;
    restores_.push_back({entry, ours.target.previous});
  }

  // A record whose value stands in the text.
  void keep_record(const Entry& entry, const Record& record, const Want* want) {
    const bool wanted = want != nullptr && want->hash == record.target.applied;
    if (wanted && want->by(record.policy)) return;  // step_towards() has it
    // Passed on only when another policy's status has it, too: the two are not written at once.
    if (wanted && std::any_of(want->policies.begin(), want->policies.end(),
                              [&](const PolicyKey& policy) { return is_recorded(entry, policy, record.target); })) {
      return;
    }
    if (want == nullptr && !mesh_.writable && !given_up_.contains(entry)) {
      plan_.notices[record.policy].push_back(fmt::format(
          "{} of {} is not taken back, because {} manages it: remove it there", entry.path(), mesh_.name, manager()));
      return;
    }
    Target target = record.target;
    if (target.state == kStatePending || target.state == kStateNotWritten) target.state = kStateApplied;
    add_target(record.policy, target);
  }

  // A record whose value does not stand in the text.
  void drop_record(const Entry& entry, const Record& record, const Want* want, const Record* ours) {
    if (ours != nullptr || (want != nullptr && want->by(record.policy))) return;
    const auto restored = restore_mesh_text(mesh_.name, mesh_.text(), {{entry, record.target.previous}});
    if (restored && *restored == mesh_.text()) return;  // never written, or back already
    if (record.target.state == kStateRejected || record.target.state == kStateReverted) return;
    plan_.notices[record.policy].push_back(
        fmt::format("{} of {} was changed by somebody else since and stays as it is", entry.path(), mesh_.name));
  }

  void refuse(const Entry& entry, const Want& want, const std::string& why) {
    for (const PolicyKey& policy : want.policies) {
      plan_.problems[policy].push_back({About::kProgrammed, kReasonInvalidMeshConfig,
                                        fmt::format("{} of {} stays as it is: {}", entry.path(), mesh_.name, why)});
    }
  }

  [[nodiscard]] bool is_recorded(const Entry& entry, const PolicyKey& policy, const Target& target) const {
    if (key_was_added() && !has_key_record(policy)) return false;
    const auto records = mesh_.records.find(entry);
    return records != mesh_.records.end() &&
           std::any_of(records->second.begin(), records->second.end(), [&](const Record& record) {
             return record.policy == policy && record.target.applied == target.applied &&
                    record.target.previous == target.previous;
           });
  }

  [[nodiscard]] bool is_named(const Entry& entry) const {
    return !entry.provider.empty() && named_.contains(entry.provider);
  }

  // The bytes of an entry that is not ours: what an edit of it would remember.
  [[nodiscard]] Result<std::optional<std::string>> bytes_at(const Entry& entry) const {
    const json* value = find_entry(mesh_.current, entry);
    if (value == nullptr) return std::optional<std::string>();
    auto edited = edit_mesh_text(mesh_.name, mesh_.text(), {{entry, *value}});
    if (!edited) return tl::make_unexpected(std::move(edited.error()));
    return std::move(edited->previous.front());
  }

  [[nodiscard]] std::string manager() const {
    return mesh_.config_map->managed_by.empty() ? "another manager" : mesh_.config_map->managed_by;
  }

  // Whether the ConfigMap's key `mesh` is there for our sake, or would be.
  [[nodiscard]] bool key_was_added() const { return !mesh_.config_map->text || !mesh_.key_records.empty(); }

  [[nodiscard]] bool has_key_record(const PolicyKey& policy) const {
    return std::any_of(mesh_.key_records.begin(), mesh_.key_records.end(),
                       [&](const Record& record) { return record.policy == policy; });
  }

  // Every policy with an entry of its own in a text that was not there also remembers that.
  void mark_added_key() {
    if (!key_was_added()) return;
    Target mark = entry_target(facts_, mesh_, {}, nullptr);
    mark.field = kMeshKeyField;
    mark.state = kStateApplied;
    bool waiting = false;
    for (auto& [policy, targets] : plan_.targets) {
      const bool has_entry =
          std::any_of(targets.begin(), targets.end(), [](const Target& target) { return !target.applied.empty(); });
      if (!has_entry) continue;
      waiting = waiting || !has_key_record(policy);
      add_target(policy, mark);
    }
    if (!waiting) return;
    for (const Record& record : mesh_.key_records) add_target(record.policy, mark);
  }

  void change_text() {
    if (restores_.empty() && edits_.empty()) return;
    auto text = restore_mesh_text(mesh_.name, mesh_.text(), restores_);
    if (text) {
      auto edited = edit_mesh_text(mesh_.name, *text, edits_);
      text = edited ? Result<std::string>(std::move(edited->text)) : tl::make_unexpected(std::move(edited.error()));
    }
    if (!text) return refuse_change(text.error());
    TextChange change;
    change.config_map = mesh_.config_map->name;
    change.text = *std::move(text);
    change.remove_key = change.text.empty() && !mesh_.key_records.empty();
    std::set<std::string> fields;
    for (const EntryRestore& restore : restores_) fields.insert(field_of(restore.entry));
    for (const EntryEdit& edit : edits_) fields.insert(field_of(edit.entry));
    change.fields.assign(fields.begin(), fields.end());
    plan_.change = std::move(change);
  }

  void refuse_change(const Error& error) {
    const Problem problem{About::kProgrammed, kReasonInvalidMeshConfig,
                          fmt::format("the mesh's configuration stays as it is: {}", error.message())};
    for (const auto& [policy, targets] : plan_.targets) plan_.problems[policy].push_back(problem);
  }

  const MeshView& mesh_;
  const std::set<std::string>& named_;
  const Facts& facts_;
  TextPlan plan_;
  std::map<Entry, Want> wants_;
  std::set<Entry> given_up_;  // Reverted: neither written nor taken back
  std::vector<EntryRestore> restores_;
  std::vector<EntryEdit> edits_;
};

}  // namespace

TextPlan plan_text(const MeshView& mesh, const std::vector<WantedEntry>& wanted, const std::set<std::string>& named,
                   const Facts& facts) {
  return Planner(mesh, named, facts).run(wanted);
}

}  // namespace meshtrace::mesh
