#include "core/mesh/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/policy/text.h"

namespace meshtrace::mesh {
namespace {

using Group = Problem::About;

constexpr std::size_t kMaxMessageBytes = 32'000;  // the CRD admits 32,768 characters

Condition condition(const char* type, const char* status, std::string reason, std::string_view message) {
  return {type, status, std::move(reason), std::string(policy::clipped(message, kMaxMessageBytes))};
}

// The first problem's reason and all their messages, each once; nothing where there is none of that group.
struct Said {
  std::string reason;
  std::string message;
};
Said said_of(const std::vector<Problem>& problems, Group group) {
  Said said;
  std::vector<std::string_view> messages;
  for (const Problem& problem : problems) {
    if (problem.about != group) continue;
    if (said.reason.empty()) said.reason = problem.reason;
    if (std::find(messages.begin(), messages.end(), problem.message) == messages.end()) {
      messages.emplace_back(problem.message);
    }
  }
  said.message = fmt::format("{}", fmt::join(messages, ". "));
  return said;
}

std::string place_of(const Target& target) {
  return target.field == "spec" ? fmt::format("{} {}/{}", target.kind, target.ns, target.name)
                                : fmt::format("{} of {} {}/{}", target.field, target.kind, target.ns, target.name);
}

std::string places_of(const std::vector<Target>& targets, const char* state) {
  constexpr std::size_t kShown = 5;  // places; status.targets has them all
  std::vector<std::string> places;
  std::size_t more = 0;
  for (const Target& target : targets) {
    if (target.state != state) continue;
    if (places.size() < kShown) {
      places.push_back(place_of(target));
    } else {
      ++more;
    }
  }
  std::string text = fmt::format("{}", fmt::join(places, ", "));
  return more == 0 ? text : fmt::format("{} and {} more", text, more);
}

Condition accepted(const Verdict& verdict) {
  if (!verdict.covered) {
    return condition("Accepted", "False", kReasonNotCovered,
                     fmt::format("no policy covers the pods and proxies of namespace {}: move the policy to the "
                                 "namespace that it is for",
                                 verdict.policy->ns));
  }
  if (!verdict.winner.empty()) {
    return condition("Accepted", "False", kReasonConflicted,
                     fmt::format("the older policy {} holds instead", verdict.winner));
  }
  if (verdict.policy->mode == policy::Mode::kAudit) {
    return condition("Accepted", "True", kReasonAccepted,
                     "the policy is valid; with mode Audit it takes no part in anything");
  }
  return condition("Accepted", "True", kReasonAccepted, "the policy is valid and in force");
}

Condition programmed(const Verdict& verdict) {
  const Said problem = said_of(verdict.problems, Group::kProgrammed);
  const bool audit = verdict.policy->mode == policy::Mode::kAudit;
  if (!verdict.covered || !verdict.winner.empty()) {
    return condition("Programmed", "False", verdict.covered ? kReasonConflicted : kReasonNotCovered,
                     "nothing is written for this policy: see Accepted");
  }
  if (audit) {
    const std::string places = places_of(verdict.targets, kStateWouldApply);
    return condition("Programmed", "False", kReasonAudit,
                     fmt::format("mode Audit: nothing is written. With mode Enforce: {}{}{}",
                                 places.empty() ? "nothing in the mesh would change" : places,
                                 problem.reason.empty() ? "" : "; ", problem.message));
  }
  if (!problem.reason.empty()) return condition("Programmed", "False", problem.reason, problem.message);
  if (!said_of(verdict.problems, Group::kResolvedRefs).reason.empty()) {
    return condition("Programmed", "False", kReasonUnresolved,
                     "not all of the policy is in the mesh: see ResolvedRefs");
  }
  if (const std::string places = places_of(verdict.targets, kStatePending); !places.empty()) {
    return condition("Programmed", "False", kReasonPending, fmt::format("being written: {}", places));
  }
  std::string message = verdict.targets.empty()
                            ? "nothing in the mesh needs to change for this policy"
                            : fmt::format("in the mesh: {}", places_of(verdict.targets, kStateApplied));
  for (const std::string& note : verdict.notes) message += ". " + note;
  return condition("Programmed", "True", kReasonProgrammed, message);
}

Condition resolved_refs(const Verdict& verdict) {
  const Said problem = said_of(verdict.problems, Group::kResolvedRefs);
  if (!problem.reason.empty()) return condition("ResolvedRefs", "False", problem.reason, problem.message);
  if (!verdict.covered || !verdict.winner.empty()) {
    return condition("ResolvedRefs", "Unknown", verdict.covered ? kReasonConflicted : kReasonNotCovered,
                     "the policy holds nowhere, so nothing was looked up");
  }
  return condition("ResolvedRefs", "True", kReasonResolvedRefs,
                   "all that the policy refers to exists, and the proxies know how to do it");
}

Condition conflicted(const Verdict& verdict) {
  if (!verdict.winner.empty()) {
    return condition("Conflicted", "True", kReasonConflicted,
                     fmt::format("the older policy {} claims the same workloads and wins them all: delete one of the "
                                 "two, or give this one other workloads by its selector",
                                 verdict.winner));
  }
  if (!verdict.overlaps.empty()) {
    return condition("Conflicted", "True", kReasonConflicted,
                     fmt::format("the older policy {} wins some of the pods that this one selects: make the selectors "
                                 "exclude one another",
                                 verdict.overlaps));
  }
  return condition("Conflicted", "False", kReasonNoConflict, "no other policy claims the same workloads");
}

}  // namespace

std::vector<Condition> conditions_of(const Verdict& verdict) {
  return {accepted(verdict), programmed(verdict), resolved_refs(verdict), conflicted(verdict)};
}

std::vector<Condition> conditions_of_deleted(const std::vector<Target>& targets, const std::vector<Problem>& problems) {
  std::string message = "the policy is being deleted";
  if (!targets.empty()) {
    const std::string places = places_of(targets, kStateApplied);
    message += fmt::format("; still to be taken back: {} (a provider goes when no Telemetry names it any more)",
                           places.empty() ? "what is pending" : places);
  }
  if (const Said problem = said_of(problems, Group::kProgrammed); !problem.reason.empty()) {
    message += ". " + problem.message;
  }
  return {condition("Programmed", "False", kReasonDeleting, message)};
}

}  // namespace meshtrace::mesh
