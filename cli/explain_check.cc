#include "cli/explain_check.h"

#include <algorithm>

#include "cli/audit_codes.h"
#include "cli/session.h"
#include "cli/table.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

std::string group_text(std::string_view number) {
  std::string text;
  for (const audit::Group& group : audit::groups()) {
    if (group.number == number) text.append(group.title).append("\n\n");
  }
  std::vector<std::vector<std::string>> rows{{"CODE", "SEVERITY", "CHECK"}};
  for (const audit::Check* check : audit::checks()) {
    if (check->code.substr(2, 2) != number) continue;
    rows.push_back({std::string(check->code), std::string(audit::name_of(check->severity)), std::string(check->title)});
  }
  return text + table(rows);
}

}  // namespace

Outcome run_explain_check(const std::string& code) {
  const auto known = parse_code(code);
  if (!known) return failure({known.error()});
  Outcome outcome;
  const audit::Check* check = audit::find_check(*known);
  outcome.out = check != nullptr ? audit::page_of(*check) : group_text(std::string_view(*known).substr(2));
  return outcome;
}

Outcome run_explain_all_checks() {
  Outcome outcome;
  outcome.out = audit::pages();
  return outcome;
}

}  // namespace meshtrace::cli
