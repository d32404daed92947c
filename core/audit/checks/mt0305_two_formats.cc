#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audit/checks/checks.h"
#include "core/audit/checks/propagation.h"
#include "core/base/json.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

// A policy of the mesh has its proxies remove B3 where a traceparent is.
bool proxies_prefer_w3c(const Model& model) {
  const auto scopes = model.policies.scopes(policy::Index::Modes::kEnforced);
  return std::any_of(scopes.begin(), scopes.end(), [](const policy::PolicyScope& scope) {
    return string_member(scope.effective->merged, {"proxy", "headers", "duplicateContext"}) == "PreferW3C";
  });
}

std::string winner(const BothFormats& formats, Language language) {
  switch (language) {
    case Language::kDotnet:
      return fmt::format(".NET takes the first of the list, {}", formats.first);
    case Language::kPython:
    case Language::kNode:
    case Language::kGo:
    case Language::kJava:
      return fmt::format("{} takes the last of the list, {}", name_of(language), formats.last);
    default:
      return fmt::format("Python, Node.js, Go and Java take the last of the list ({}), .NET the first ({})",
                         formats.last, formats.first);
  }
}

std::vector<std::string> without_b3(const std::vector<PropagatorName>& names) {
  std::vector<std::string> list;
  for (const PropagatorName& name : names) {
    if (name.text != "b3" && name.text != "b3multi") list.push_back(name.text);
  }
  return list;
}

void look_at(const Model& model, const Workload& workload, const Container& container, Findings& findings) {
  const auto setting = setting_of(model, workload, container, kPropagators);
  if (!setting || !setting->variable->value) return;
  const auto names = read_propagators(*setting->variable->value);
  const auto formats = both_formats(names);
  if (!formats) return;
  const std::vector<std::string> list = without_b3(names);
  const bool knows_language = container.language != Language::kUnknown;
  findings.add(
      *setting->object,
      fmt::format("A request that carries both traceparent and b3 joins one of two traces: OTEL_PROPAGATORS of {} "
                  "is {}, and {}.",
                  setting->who, policy::in_quotes(*setting->variable->value), winner(*formats, container.language)),
      {.field = setting->field,
       .fix = change(workload, container, *setting, fmt::format("{}", fmt::join(list, ",")), list),
       .severity = knows_language ? Severity::kWarning : Severity::kInfo});
}

void run(const Model& model, const Object& subject, Findings& findings) {
  const Workload* workload = model.workloads.of(subject);
  if (workload == nullptr || proxies_prefer_w3c(model)) return;
  for (const Container* container : sdk_containers(*workload)) look_at(model, *workload, *container, findings);
}

}  // namespace

const Check kTwoFormats{
    .code = "MT0305",
    .severity = Severity::kWarning,
    .title = "traceparent and b3 both in use",
    .effect = "Of a request with two contexts each language follows another one, so that its trace is cut in two.",
    .page = R"(With `tracecontext` and `b3` both in `OTEL_PROPAGATORS` an SDK reads both headers of a request, and
they need not agree: a proxy that traces in one format leaves the other as the caller sent it. Which one wins depends
on the language: the last of the list in Python, Node, Go and Java, the first in .NET. So no order suits all, and
advice like "W3C first, so that it wins" is wrong for most SDKs.

Remove `b3` where nothing on the path speaks B3 alone. Else let the proxies decide: a policy in the mesh's root
namespace with `proxy.headers.duplicateContext: PreferW3C` removes B3 from requests that carry a valid traceparent;
then this check says nothing.

In an image of unknown language it is an info.

Sources: Python and Node were run, Go, Java and .NET are read from their SDKs' sources (composite propagators).)",
    .subjects = kWorkloadKinds,
    .reads = kWorkloadInputs | Kinds{Kind::kConfigMap},
    .run = run,
};

}  // namespace meshtrace::audit
