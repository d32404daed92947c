#include "cli/audit_baseline.h"

#include <algorithm>

#include "core/base/json.h"
#include "kube/json.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

audit::Finding finding_of(const json& told) {
  audit::Finding finding;
  finding.code = string_member(told, {"code"});
  finding.field = string_member(told, {"field"});
  finding.object = {string_member(told, {"object", "apiVersion"}), string_member(told, {"object", "kind"}),
                    string_member(told, {"object", "namespace"}), string_member(told, {"object", "name"})};
  return finding;
}

}  // namespace

std::string baseline_key(const audit::Finding& finding) {
  const std::string& version = finding.object.api_version;
  const std::size_t slash = version.find('/');
  const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  // A JSON array: no separator can be mistaken for a part of a name.
  return json{finding.code, group, finding.object.kind, finding.object.ns, finding.object.name, finding.field}.dump(
      -1, ' ', false, json::error_handler_t::replace);
}

Result<std::set<std::string>> read_baseline(const std::string& name, std::string_view text) {
  const auto report = kube::parse_json(name, text);
  if (!report) return tl::make_unexpected(report.error());
  const json* findings = find_member(*report, {"findings"});
  if (findings == nullptr || !findings->is_array()) {
    return fail(name, "not a report of kubectl meshtrace audit -o json: it has no list \"findings\"");
  }
  std::set<std::string> keys;
  for (const json& told : *findings) keys.insert(baseline_key(finding_of(told)));
  return keys;
}

void subtract(const std::set<std::string>& baseline, audit::Audited& audited) {
  const auto known =
      std::remove_if(audited.findings.begin(), audited.findings.end(),
                     [&](const audit::Finding& finding) { return baseline.contains(baseline_key(finding)); });
  audited.suppressed += static_cast<std::size_t>(audited.findings.end() - known);
  audited.findings.erase(known, audited.findings.end());
}

}  // namespace meshtrace::cli
