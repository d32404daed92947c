#include "cli/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/table.h"
#include "cli/text.h"

namespace meshtrace::cli {
namespace {

std::string condition_cell(const PolicyStatus& policy, const char* type) {
  const PolicyCondition* condition = policy.condition(type);
  return condition == nullptr ? "" : condition->status;
}

std::vector<std::string> row_of(const PolicyStatus& policy, kube::WallTime now) {
  std::vector<std::string> row{policy.ns, policy.name, policy.mode};
  for (const char* type : {"Accepted", "Programmed", "ResolvedRefs", "Conflicted"}) {
    row.push_back(condition_cell(policy, type));
  }
  if (const auto& counted = policy.workloads) {
    row.insert(row.end(), {fmt::format("{}/{}", counted->injected, counted->matched), std::to_string(counted->stale),
                           std::to_string(counted->missed)});
  } else {
    row.insert(row.end(), {"", "", ""});
  }
  const auto created = kube::parse_time(policy.created);
  row.push_back(created ? age(std::chrono::floor<std::chrono::seconds>(now) - *created) : "");
  return row;
}

// Each line of a message below its heading.
std::string indented(const std::string& text) {
  constexpr std::string_view kIndent = "      ";
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) out.append(kIndent).append(printable(rest.substr(0, end))).append("\n");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string heading(const std::string& text) {
  std::string line = "  " + printable(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line + "\n";
}

// Why the table may not show the present state.
std::string currency(const PolicyStatus& policy) {
  if (!policy.observed_generation) return heading("has no status yet: is the controller running?");
  if (*policy.observed_generation >= policy.generation) return {};
  return heading(fmt::format("the status is of generation {}, the policy is at {}: the controller has not seen it yet",
                             *policy.observed_generation, policy.generation));
}

std::string audit_line(const PolicyStatus& policy, bool all) {
  if (!policy.audit || (!all && policy.audit->error + policy.audit->warning == 0)) return {};
  return heading(
      fmt::format("Audit: {} errors, {} warnings, {} infos, {} suppressed (kubectl meshtrace audit lists them)",
                  policy.audit->error, policy.audit->warning, policy.audit->info, policy.audit->suppressed));
}

std::string details(const PolicyStatus& policy, StatusDetail detail) {
  const bool all = detail == StatusDetail::kEverything;
  std::string out = currency(policy);
  for (const PolicyCondition& condition : policy.conditions) {
    if (!all && condition.is_good()) continue;
    out += heading(fmt::format("{}={} {}", condition.type, condition.status, condition.reason));
    out += indented(condition.message);
  }
  for (const PolicyTarget& target : policy.targets) {
    if (!all && target.state == "Applied") continue;
    out += heading(fmt::format("{} {}: {}", target.object, target.field, target.state));
    out += indented(target.message);
  }
  out += audit_line(policy, all);
  if (out.empty()) return out;
  return "\n" + table({{fmt::format("TracingPolicy {}/{}", policy.ns, policy.name)}}) + out;
}

std::string workloads_line(const std::vector<PolicyStatus>& policies) {
  Workloads sum;
  for (const PolicyStatus& policy : policies) {
    if (!policy.workloads) continue;
    sum.matched += policy.workloads->matched;
    sum.injected += policy.workloads->injected;
    sum.stale += policy.workloads->stale;
    sum.missed += policy.workloads->missed;
  }
  std::string line = fmt::format("\nWorkloads: {} of {} pods injected", sum.injected, sum.matched);
  if (sum.stale > 0) line += fmt::format(", {} stale (they need a rollout)", sum.stale);
  if (sum.missed > 0) line += fmt::format(", {} missed (created while the webhook was away)", sum.missed);
  return line + "\n";
}

}  // namespace

std::string status_text(const std::vector<PolicyStatus>& policies, StatusDetail detail, kube::WallTime now) {
  std::vector<std::vector<std::string>> rows{{"NAMESPACE", "NAME", "MODE", "ACCEPTED", "PROGRAMMED", "REFS",
                                              "CONFLICTED", "INJECTED", "STALE", "MISSED", "AGE"}};
  for (const PolicyStatus& policy : policies) rows.push_back(row_of(policy, now));
  std::string out = table(rows);
  for (const PolicyStatus& policy : policies) out += details(policy, detail);
  return out + workloads_line(policies);
}

}  // namespace meshtrace::cli
