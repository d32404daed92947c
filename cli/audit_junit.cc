#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/audit_output.h"
#include "cli/text.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

// Text for XML 1.0, in an attribute or between tags: its own characters escaped, and what it cannot hold made visible.
std::string xml(std::string_view text) {
  std::string out;
  const std::string harmless = printable(text);
  for (std::size_t i = 0; i < harmless.size(); ++i) {
    const std::string_view rest = std::string_view(harmless).substr(i);
    if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {  // U+FFFE and U+FFFF
      out += "\xEF\xBF\xBD";
      i += 2;
      continue;
    }
    switch (rest.front()) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += rest.front();
    }
  }
  return out;
}

std::string details_of(const audit::Finding& finding) {
  std::string text = finding.message;
  if (!finding.field.empty()) text += "\nField: " + finding.field;
  if (!finding.file.empty()) text += fmt::format("\nFile: {}:{}", finding.file, finding.line);
  if (!finding.fix.empty()) text += "\nFix: " + finding.fix;
  return text + "\nDocs: " + audit::docs_anchor(finding.code);
}

std::string finding_case(const audit::Finding& finding, bool fails) {
  std::string name = finding.object.title();
  if (!finding.field.empty()) name += " " + finding.field;
  std::string place;
  if (!finding.file.empty()) place = fmt::format(" file=\"{}\" line=\"{}\"", xml(finding.file), finding.line);
  const std::string opened =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\"{}>\n", finding.code, xml(name), place);
  const std::string details = xml(details_of(finding));
  const std::string body =
      fails ? fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", audit::name_of(finding.severity),
                          xml(finding.message), details)
            : fmt::format("      <system-out>{}: {}</system-out>\n", audit::name_of(finding.severity), details);
  return opened + body + "    </testcase>\n";
}

std::string passed_case(std::string_view code) {
  const audit::Check* check = audit::find_check(code);
  return fmt::format("    <testcase classname=\"{}\" name=\"{}\"/>\n", code,
                     xml(check == nullptr ? code : check->title));
}

std::string problem_case(const Error& problem) {
  return fmt::format(
      "    <testcase classname=\"meshtrace\" name=\"{}\">\n"
      "      <error type=\"partial\" message=\"{}\"/>\n    </testcase>\n",
      xml(problem.where.empty() ? "input" : problem.where), xml(problem.what));
}

}  // namespace

std::string audit_junit(const AuditReport& report) {
  std::string cases;
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::set<std::string_view> found;
  for (const audit::Finding& finding : report.audited.findings) {
    const bool fails = report.fails(finding);
    found.insert(finding.code);
    ++tests;
    failures += fails ? 1 : 0;
    cases += finding_case(finding, fails);
  }
  for (const std::string_view code : report.codes) {
    if (found.contains(code)) continue;
    ++tests;
    cases += passed_case(code);
  }
  for (const Error& problem : report.problems) cases += problem_case(problem);
  tests += report.problems.size();
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, report.problems.size());
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"meshtrace\" {0}>\n"
      "  <testsuite name=\"kubectl meshtrace audit\" {0}>\n{1}  </testsuite>\n</testsuites>\n",
      counts, cases);
}

}  // namespace meshtrace::cli
