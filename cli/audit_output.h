// An audit's result as each output has it. Pure functions: the same result gives the same bytes, whatever the machine's
// locale, threads or clock. What steers a terminal, a page or an XML reader is neutralised here.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/graph.h"
#include "core/audit/audit.h"
#include "core/base/result.h"

namespace meshtrace::cli {

struct AuditReport {
  audit::Audited audited;
  std::vector<Error> problems;                        // what could not be read; any makes the result partial
  std::vector<std::string_view> codes;                // of the checks that were run, in their order
  audit::Severity fail_on = audit::Severity::kError;  // from which on JUnit counts a finding as a failure
  bool never_fails = false;                           // --fail-on never
  Graph graph;                                        // of html alone

  [[nodiscard]] bool partial() const { return !problems.empty(); }
  [[nodiscard]] bool fails(const audit::Finding& finding) const { return !never_fails && finding.severity >= fail_on; }
};

struct Counts {
  std::size_t error = 0;
  std::size_t warning = 0;
  std::size_t info = 0;
};
Counts count(const std::vector<audit::Finding>& findings);

// The object that `-o json` and `-o yaml` print, and that --baseline reads.
nlohmann::json audit_json(const AuditReport& report);

struct TableOptions {
  bool wide = false;  // also field, hop and docs of each finding
  bool color = false;
};
// By severity and check, the worst first; a fix of several lines stands flush left, so that it can be pasted.
std::string audit_table(const AuditReport& report, const TableOptions& options);

// SARIF 2.1.0 (OASIS).
nlohmann::json audit_sarif(const AuditReport& report);

// JUnit XML as Jenkins and GitLab read it: a test case for each finding, and one that passes for each check without.
std::string audit_junit(const AuditReport& report);

// Workflow commands of GitHub Actions, one line a finding.
std::string audit_github(const AuditReport& report);

// The words of --output, the default first.
const std::vector<std::string>& audit_formats();
std::string audit_output(const std::string& format, const AuditReport& report, bool color);

}  // namespace meshtrace::cli
