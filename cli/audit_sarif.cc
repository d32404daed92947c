// Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; GitHub's docs on what code scanning
// reads of it.
#include <fmt/format.h>

#include <cctype>
#include <map>
#include <utility>

#include "cli/audit_baseline.h"
#include "cli/audit_output.h"
#include "cli/input.h"
#include "core/audit/table.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const char* level_of(audit::Severity severity) {
  return severity == audit::Severity::kError ? "error" : severity == audit::Severity::kWarning ? "warning" : "note";
}

// A relative path as a URI reference (RFC 3986, sections 2 and 4.2).
std::string uri_of(std::string_view file) {
  constexpr std::string_view kPlain = "-._~/";
  std::string uri = file.starts_with('/') ? "file://" : "";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte < 0x80 && (std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos);
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

json rule_of(std::string_view code) {
  json rule{{"id", code}};
  if (const audit::Check* check = audit::find_check(code)) {
    rule["shortDescription"] = {{"text", check->title}};
    rule["fullDescription"] = {{"text", check->effect}};
    rule["help"] = {{"text", check->page}, {"markdown", check->page}};
    rule["defaultConfiguration"] = {{"level", level_of(check->severity)}};
  }
  return rule;
}

json location_of(const audit::Finding& finding) {
  const json logical{{"fullyQualifiedName", finding.object.title()}, {"kind", "resource"}};
  json location{{"logicalLocations", json::array({logical})}};
  if (!finding.file.empty() && finding.file != kStandardInput) {
    location["physicalLocation"] = {{"artifactLocation", {{"uri", uri_of(finding.file)}}},
                                    {"region", {{"startLine", finding.line}}}};
  }
  return location;
}

json result_of(const audit::Finding& finding, std::size_t rule) {
  std::string text = fmt::format("{}: {}", finding.object.title(), finding.message);
  if (!finding.fix.empty()) text += "\nFix: " + finding.fix;
  return {{"ruleId", finding.code},
          {"ruleIndex", rule},
          {"level", level_of(finding.severity)},
          {"message", {{"text", std::move(text)}}},
          {"locations", json::array({location_of(finding)})},
          {"partialFingerprints", {{"meshtraceFinding/v1", baseline_key(finding)}}},
          {"properties", {{"field", finding.field}, {"fix", finding.fix}}}};
}

json invocation_of(const AuditReport& report) {
  json notifications = json::array();
  for (const Error& problem : report.problems) {
    notifications.push_back({{"level", "error"}, {"message", {{"text", problem.message()}}}});
  }
  json invocation{{"executionSuccessful", !report.partial()}};
  if (!notifications.empty()) invocation["toolExecutionNotifications"] = std::move(notifications);
  return invocation;
}

}  // namespace

json audit_sarif(const AuditReport& report) {
  json rules = json::array();
  json results = json::array();
  std::map<std::string_view, std::size_t> places;
  for (const std::string_view code : report.codes) {
    places.emplace(code, rules.size());
    rules.push_back(rule_of(code));
  }
  for (const audit::Finding& finding : report.audited.findings) {
    const auto [place, is_new] = places.try_emplace(finding.code, rules.size());
    if (is_new) rules.push_back(rule_of(finding.code));
    results.push_back(result_of(finding, place->second));
  }
  const json driver{{"name", "meshtrace"}, {"semanticVersion", MESHTRACE_VERSION}, {"rules", std::move(rules)}};
  const json run{{"tool", {{"driver", driver}}},
                 {"columnKind", "utf16CodeUnits"},
                 {"invocations", json::array({invocation_of(report)})},
                 {"results", std::move(results)}};
  return {{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", json::array({run})}};
}

}  // namespace meshtrace::cli
