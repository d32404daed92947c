#include "cli/audit_output.h"

#include "cli/audit_html.h"
#include "cli/output.h"
#include "core/yaml/output.h"

namespace meshtrace::cli {
namespace {

std::string html(const AuditReport& report) {
  AuditPage page{report.audited, report.partial(), {}, report.graph};
  for (const Error& problem : report.problems) page.notes.push_back(problem.message());
  return audit_html(page);
}

}  // namespace

const std::vector<std::string>& audit_formats() {
  static const std::vector<std::string> formats{"table", "wide", "json", "yaml", "sarif", "junit", "html", "github"};
  return formats;
}

std::string audit_output(const std::string& format, const AuditReport& report, bool color) {
  if (format == "json") return json_text(audit_json(report));
  if (format == "yaml") return yaml::yaml_document(audit_json(report));
  if (format == "sarif") return json_text(audit_sarif(report));
  if (format == "junit") return audit_junit(report);
  if (format == "github") return audit_github(report);
  if (format == "html") return html(report);
  return audit_table(report, {.wide = format == "wide", .color = color});
}

}  // namespace meshtrace::cli
