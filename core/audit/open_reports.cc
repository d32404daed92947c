#include "core/audit/open_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "core/audit/table.h"
#include "core/base/json.h"
#include "core/mesh/plan.h"
#include "core/policy/text.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr const char* kSource = "meshtrace";
constexpr std::size_t kMaxMessageBytes = 1'024;
// A command that was cut must not be pasted: a longer one is left out, and the audit of the command line has it.
constexpr std::size_t kMaxFixBytes = 1'024;
constexpr std::size_t kMaxFieldBytes = 512;
// What a report has beside its results: metadata, summary, and the result that counts the rest.
constexpr std::size_t kFrameBytes = 4'096;
// Of reports that somebody else wrote under our label no more is remembered.
constexpr std::size_t kMaxRemembered = 200'000;

// Viewers show it as it is, terminals among them.
std::string printable(std::string_view text, std::size_t bytes) {
  std::string out(policy::clipped(text, bytes));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

struct Grade {
  const char* result;
  const char* severity;
};

Grade grade_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return {"fail", "high"};
    case Severity::kWarning:
      return {"warn", "medium"};
    case Severity::kInfo:
      return {"warn", "info"};
  }
  return {};
}

std::string_view title_of(std::string_view group) {
  const auto all = groups();
  const auto found = std::find_if(all.begin(), all.end(), [group](const Group& one) { return one.number == group; });
  return found == all.end() ? std::string_view() : found->title;
}

json resource_of(const ObjectRef& object) {
  json resource = {{"apiVersion", object.api_version}, {"kind", object.kind}, {"name", object.name}};
  if (!object.ns.empty()) resource["namespace"] = object.ns;
  return resource;
}

// Without its timestamp.
json result_of(const Finding& finding, std::string_view group) {
  const Grade grade = grade_of(finding.severity);
  json properties = {{"docs", docs_anchor(finding.code)}};
  if (!finding.field.empty()) properties["field"] = printable(finding.field, kMaxFieldBytes);
  if (!finding.fix.empty() && finding.fix.size() <= kMaxFixBytes) properties["fix"] = finding.fix;
  return {{"source", kSource},
          {"policy", finding.code},
          {"category", title_of(group)},
          {"result", grade.result},
          {"severity", grade.severity},
          {"message", printable(finding.message, kMaxMessageBytes)},
          {"resources", json::array({resource_of(finding.object)})},
          {"properties", std::move(properties)}};
}

json rest_of(std::size_t omitted, const std::string& ns, std::string_view group) {
  return {{"source", kSource},
          {"policy", fmt::format("MT{}", group)},
          {"category", title_of(group)},
          {"result", "skip"},
          {"severity", "info"},
          {"message", fmt::format("{} more findings of this group are not listed here; kubectl meshtrace audit{} "
                                  "--include MT{} shows all.",
                                  omitted, ns.empty() ? "" : " -n " + ns, group)}};
}

json summary_of(const json& results) {
  json summary = {{"pass", 0}, {"fail", 0}, {"warn", 0}, {"error", 0}, {"skip", 0}};
  for (const json& result : results) {
    json& count = summary[result["result"].get<std::string>()];
    count = count.get<int>() + 1;
  }
  return summary;
}

// "meshtrace-mt01", "meshtrace-mt01-2".
std::string name_of_shard(std::string_view group, std::size_t shard) {
  return shard == 0 ? fmt::format("meshtrace-mt{}", group) : fmt::format("meshtrace-mt{}-{}", group, shard + 1);
}

// Results in as many parts as the limits ask for, and how many of them had no room.
struct Parts {
  std::vector<json> parts;  // arrays of results
  std::size_t left = 0;
};

Parts split(std::span<const Finding* const> findings, std::string_view group, const ReportLimits& limits) {
  Parts result;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    json one = result_of(*findings[i], group);
    // What a timestamp adds is less than the hundred.
    const std::size_t size = one.dump(-1, ' ', false, json::error_handler_t::replace).size() + 100;
    const bool fits = !result.parts.empty() && result.parts.back().size() < limits.max_results &&
                      bytes + size + kFrameBytes <= limits.max_bytes;
    if (!fits) {
      if (result.parts.size() == limits.max_shards) {
        result.left = findings.size() - i;
        break;
      }
      result.parts.push_back(json::array());
      bytes = 0;
    }
    bytes += size;
    result.parts.back().push_back(std::move(one));
  }
  return result;
}

json report_of(const std::string& ns, std::string_view group, std::size_t shard, json results) {
  json report = {{"apiVersion", fmt::format("{}/{}", kReportsGroup, kReportsVersion)},
                 {"kind", ns.empty() ? "ClusterReport" : "Report"},
                 {"metadata",
                  {{"name", name_of_shard(group, shard)},
                   {"labels", {{mesh::kManagedByLabel, mesh::kManagedByValue}}},
                   {"annotations", json::object()}}},
                 {"source", kSource},
                 {"summary", summary_of(results)}};
  if (!ns.empty()) {
    report["metadata"]["namespace"] = ns;
    report["scope"] = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"name", ns}};
  }
  report["results"] = std::move(results);
  return report;
}

using GroupKey = std::pair<std::string, std::string>;  // namespace, group

std::map<GroupKey, std::vector<const Finding*>> by_group(const Tally& tally) {
  std::map<GroupKey, std::vector<const Finding*>> groups;
  for (const Finding& finding : tally.findings)
    groups[{finding.object.ns, finding.code.substr(2, 2)}].push_back(&finding);
  for (const auto& [key, omitted] : tally.omitted) groups.try_emplace(key);
  return groups;
}

std::vector<json> reports_of(const GroupKey& key, std::span<const Finding* const> findings, std::size_t omitted,
                             const ReportLimits& limits) {
  const auto& [ns, group] = key;
  Parts split_up = split(findings, group, limits);
  omitted += split_up.left;
  if (omitted > 0) {
    if (split_up.parts.empty()) split_up.parts.push_back(json::array());
    split_up.parts.back().push_back(rest_of(omitted, ns, group));
  }
  std::vector<json> reports;
  for (json& part : split_up.parts) reports.push_back(report_of(ns, group, reports.size(), std::move(part)));
  if (omitted > 0) reports.back()["metadata"]["annotations"][kOmittedAnnotation] = std::to_string(omitted);
  for (json& report : reports) report["metadata"]["annotations"][kContentAnnotation] = mesh::hash_of(report);
  return reports;
}

}  // namespace

void FirstSeen::learn(const json& report) {
  for (const json& stored : array_member(report, {"results"})) {
    const json* seconds = find_member(stored, {"timestamp", "seconds"});
    if (seconds == nullptr || !seconds->is_number_integer() || seconds_.size() >= kMaxRemembered) continue;
    json result = stored;
    result.erase("timestamp");
    seconds_.insert_or_assign(mesh::hash_of(result), seconds->get<std::int64_t>());
  }
}

std::vector<json> make_reports(const Tally& tally, FirstSeen& first_seen, std::int64_t now,
                               const ReportLimits& limits) {
  std::vector<json> reports;
  std::map<std::string, std::int64_t> seconds;
  for (const auto& [key, findings] : by_group(tally)) {
    const auto omitted = tally.omitted.find(key);
    const std::size_t rest = omitted == tally.omitted.end() ? 0 : omitted->second;
    for (json& report : reports_of(key, findings, rest, limits)) {
      for (json& result : report["results"]) {
        const std::string hash = mesh::hash_of(result);
        const auto known = first_seen.seconds_.find(hash);
        const std::int64_t at = known == first_seen.seconds_.end() ? now : known->second;
        seconds.emplace(hash, at);
        result["timestamp"] = {{"seconds", at}, {"nanos", 0}};
      }
      reports.push_back(std::move(report));
    }
  }
  first_seen.seconds_ = std::move(seconds);
  return reports;
}

}  // namespace meshtrace::audit
