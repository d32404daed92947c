#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/audit/checks/checks.h"
#include "core/audit/model.h"
#include "core/base/json.h"
#include "core/mesh/facts.h"
#include "core/mesh/reasons.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kWriteFailed = "WriteFailed";  // the API server, or a webhook behind it, refuses the object
constexpr std::size_t kMaxReasonBytes = 300;         // of what Envoy says

// Of `text` so much as a sentence bears, on one line.
std::string shown(const std::string& text) {
  std::string line(policy::clipped(text, kMaxReasonBytes));
  std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

std::string written_object(const json& target) {
  const std::string ns = string_member(target, {"namespace"});
  return string_member(target, {"kind"}) + " " + (ns.empty() ? "" : ns + "/") + string_member(target, {"name"});
}

// A status of before the last edit says nothing about the policy as it is.
bool is_current(const Object& policy) {
  const json* generation = find_member(policy.value, {"metadata", "generation"});
  const json* observed = find_member(policy.value, {"status", "observedGeneration"});
  return generation != nullptr && observed != nullptr && *generation == *observed;
}

bool add_target(const Object& subject, const json& target, std::size_t index, Findings& findings) {
  const std::string state = string_member(target, {"state"});
  const std::string message = shown(string_member(target, {"message"}));
  const std::string what = shown(fmt::format("{} of {}", string_member(target, {"field"}), written_object(target)));
  const std::string field = fmt::format("status.targets[{}]", index);
  if (state == mesh::kStateRejected) {
    findings.add(subject, fmt::format("Proxies refused {}, so that it was taken back: {}", what, message),
                 {.field = field, .fix = "Change in the policy what the proxies refuse; it is then tried again."});
    return true;
  }
  if (state == mesh::kStateReverted) {
    findings.add(
        subject,
        fmt::format("{} is not what the policy says: field manager {} keeps changing it back.", what,
                    policy::in_quotes(message)),
        {.field = field,
         .fix = "Let one of the two write the field: take it out of what that manager applies, then change the "
                "policy so that it is tried again."});
    return true;
  }
  return false;
}

void run(const Model&, const Object& subject, Findings& findings) {
  if (!is_current(subject)) return;
  bool is_said = false;
  const json& targets = array_member(subject.value, {"status", "targets"});
  for (std::size_t i = 0; i < targets.size(); ++i) is_said |= add_target(subject, targets[i], i, findings);
  if (is_said) return;
  const json& conditions = array_member(subject.value, {"status", "conditions"});
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const json& condition = conditions[i];
    const bool refused = string_member(condition, {"type"}) == "Programmed" &&
                         string_member(condition, {"status"}) == "False" &&
                         string_member(condition, {"reason"}) == kWriteFailed;
    if (!refused) continue;
    findings.add(
        subject,
        fmt::format("What the policy says is not in the mesh: {}", shown(string_member(condition, {"message"}))),
        {.field = fmt::format("status.conditions[{}]", i),
         .fix = "Mend what the API server's answer names; the controller tries again by itself."});
  }
}

}  // namespace

const Check kUndoneWrite{
    .code = "MT1103",
    .severity = Severity::kWarning,
    .title = "a policy's write was refused or reverted",
    .effect = "Proxies trace and log as without that part of the policy.",
    .page =
        R"(The controller writes what `spec.proxy` and `spec.sampling` say into the mesh, and looks whether it stays and
whether proxies take it. `Rejected`: Envoy refused the configuration, so it was taken back and the mesh is as before.
`Reverted`: another field manager changed the same field back three times within ten minutes (a GitOps tool, another
operator), and was left to have it. `WriteFailed`: the API server, or an admission webhook behind it, refuses the object.

The policy's `status.targets` and conditions have the reason. A value that was refused or reverted is not tried again
until the policy changes it.

Limits: it reads the status, so that it says nothing about a policy that the controller has not seen in its present
generation.

Source: [controller.md](controller.md), the table at its top.)",
    .subjects = {Kind::kTracingPolicy},
    .reads = {},
    .run = run,
};

}  // namespace meshtrace::audit
