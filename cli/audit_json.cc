#include <utility>

#include "cli/audit_output.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

json finding_json(const audit::Finding& finding) {
  json object{{"apiVersion", finding.object.api_version}, {"kind", finding.object.kind}, {"name", finding.object.name}};
  if (!finding.object.ns.empty()) object["namespace"] = finding.object.ns;
  json out{{"code", finding.code},
           {"severity", audit::name_of(finding.severity)},
           {"message", finding.message},
           {"object", std::move(object)},
           {"field", finding.field},
           {"fix", finding.fix},
           {"docs", audit::docs_anchor(finding.code)}};
  if (!finding.file.empty()) {
    out["file"] = finding.file;
    out["line"] = finding.line;
  }
  if (finding.hop) out["hop"] = {{"from", finding.hop->from}, {"to", finding.hop->to}};
  return out;
}

}  // namespace

Counts count(const std::vector<audit::Finding>& findings) {
  Counts counts;
  for (const audit::Finding& finding : findings) {
    ++(finding.severity == audit::Severity::kError     ? counts.error
       : finding.severity == audit::Severity::kWarning ? counts.warning
                                                       : counts.info);
  }
  return counts;
}

json audit_json(const AuditReport& report) {
  json findings = json::array();
  for (const audit::Finding& finding : report.audited.findings) findings.push_back(finding_json(finding));
  const Counts counts = count(report.audited.findings);
  return {{"findings", std::move(findings)},
          {"summary",
           {{"error", counts.error},
            {"warning", counts.warning},
            {"info", counts.info},
            {"suppressed", report.audited.suppressed},
            {"objects", report.audited.objects}}},
          {"partial", report.partial()}};
}

}  // namespace meshtrace::cli
