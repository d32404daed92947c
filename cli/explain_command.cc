#include "cli/explain_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/audit_codes.h"
#include "cli/decision.h"
#include "cli/explain_check.h"
#include "cli/explain_text.h"
#include "cli/text.h"
#include "cli/workload.h"

namespace meshtrace::cli {
namespace {

struct Filter {
  const WorkloadKind* kind = nullptr;  // null: everything
  std::string name;
};

Result<Filter> parse_filter(const std::string& text) {
  if (text.empty()) return Filter{};
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return fail(text, "is not KIND/NAME, as in pod/NAME or deployment/NAME");
  const WorkloadKind* kind = workload_kind_of_name(text.substr(0, slash));
  if (kind == nullptr) {
    std::string known;
    for (const WorkloadKind& each : workload_kinds()) known += (known.empty() ? "" : ", ") + std::string(each.kind);
    return fail(text, "unknown kind of workload; known are " + known);
  }
  return Filter{kind, text.substr(slash + 1)};
}

std::string no_match(const std::string& wanted, const std::vector<std::string>& seen) {
  if (seen.empty()) return "no workload in these files";
  std::string list;
  for (const std::string& title : seen) list += (list.empty() ? "" : ", ") + title;
  return wanted + " is not in these files; they have " + list;
}

}  // namespace

Outcome run_explain(const ExplainOptions& options, const Environment& environment) {
  if (options.all_checks) return run_explain_all_checks();
  if (looks_like_code(options.workload)) return run_explain_check(options.workload);
  if (options.input.files.empty() || options.input.policies.empty()) {
    return failure({{"",
                     "-f FILE and --policy FILE say which workloads and policies are meant; a check's code, such as "
                     "MT0101, needs neither"}});
  }
  const auto filter = parse_filter(options.workload);
  if (!filter) return failure({filter.error()});
  const auto session = open_session(options.input, environment);
  if (!session) return failure(session.error());

  Decider decider(session->scope, session->index);
  std::vector<std::string> seen;
  std::vector<Error> errors;
  Outcome outcome;
  for (const Manifest& manifest : session->manifests) {
    for (const Object& object : manifest.objects) {
      const WorkloadKind* kind = workload_kind(object);
      if (kind == nullptr) continue;
      seen.push_back(object.title());
      if (filter->kind != nullptr && (filter->kind != kind || filter->name != object.name)) continue;
      const auto decision = decider.decide(object, *kind);
      if (!decision) {
        errors.push_back(decision.error());
        continue;
      }
      outcome.out += outcome.out.empty() ? "" : "\n";
      outcome.out += explain_text(object, *kind, *decision, session->index, environment.color);
    }
  }
  if (!errors.empty()) return failure(errors);
  if (outcome.out.empty()) return failure({{"", no_match(options.workload, seen)}});
  outcome.err = session->warnings;
  return outcome;
}

}  // namespace meshtrace::cli
