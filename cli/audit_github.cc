// Source: GitHub, "Workflow commands for GitHub Actions", and actions/toolkit's escaping of them.
#include <fmt/format.h>

#include "cli/audit_output.h"
#include "cli/input.h"
#include "cli/text.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

std::string_view command_of(audit::Severity severity) {
  return severity == audit::Severity::kError ? "error" : severity == audit::Severity::kWarning ? "warning" : "notice";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    out += c == '%' ? "%25" : c == '\n' ? "%0A" : std::string(1, c);
  }
  return out;
}

std::string escaped_property(std::string_view text) {
  std::string out;
  for (const char c : escaped(text)) out += c == ':' ? "%3A" : c == ',' ? "%2C" : std::string(1, c);
  return out;
}

// A path as the repository has it.
std::string_view path_of(std::string_view file) {
  while (file.starts_with("./")) file.remove_prefix(2);
  return file;
}

std::string line_of(const audit::Finding& finding) {
  std::string properties;
  if (!finding.file.empty() && finding.file != kStandardInput) {
    properties = fmt::format("file={},line={},", escaped_property(path_of(finding.file)), finding.line);
  }
  std::string text = finding.object.title();
  if (!finding.field.empty()) text += " " + finding.field;
  text += "\n" + finding.message;
  if (!finding.fix.empty()) text += "\nFix: " + finding.fix;
  const audit::Check* check = audit::find_check(finding.code);
  const std::string title = check == nullptr ? finding.code : fmt::format("{} {}", finding.code, check->title);
  return fmt::format("::{} {}title={}::{}\n", command_of(finding.severity), properties, escaped_property(title),
                     escaped(text));
}

}  // namespace

std::string audit_github(const AuditReport& report) {
  std::string out;
  for (const audit::Finding& finding : report.audited.findings) out += line_of(finding);
  for (const Error& problem : report.problems) {
    out += fmt::format("::warning title=not everything could be read::{}\n", escaped(problem.message()));
  }
  return out;
}

}  // namespace meshtrace::cli
