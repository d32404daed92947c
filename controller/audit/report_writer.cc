#include "controller/audit/report_writer.h"

#include <array>
#include <optional>
#include <set>
#include <utility>

#include "core/base/json.h"
#include "core/mesh/plan.h"
#include "kube/json.h"
#include "kube/object_request.h"
#include "net/client/pause.h"
#include "net/process/log.h"

namespace meshtrace::auditing {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<const char*, const char*>, 2> kKinds{
    {{"Report", "reports"}, {"ClusterReport", "clusterreports"}}};
constexpr int kWholeReports = 20;  // in a page: up to a megabyte each

kube::Resource resource_of(const std::string& kind, const std::string& ns) {
  return {audit::kReportsGroup, audit::kReportsVersion, kind == "Report" ? "reports" : "clusterreports", ns};
}

kube::Selection ours() { return {.label_selector = std::string(mesh::kManagedByLabel) + "=" + mesh::kManagedByValue}; }

std::int64_t generation_of(const json& object) {
  const json* generation = find_member(object, {"metadata", "generation"});
  return generation != nullptr && generation->is_number_integer() ? generation->get<std::int64_t>() : 0;
}

// Every object of a collection, page by page.
Result<void> for_each(const Send& send, const kube::Resource& resource, kube::ListOptions options,
                      const std::function<void(const json&)>& function) {
  do {
    const auto reply = send(kube::list_request(resource, options));
    if (!reply) return tl::make_unexpected(reply.error());
    if (!reply->ok()) return fail(resource.name(), kube::describe_refusal(*reply));
    const auto list = kube::parse_json(resource.name(), reply->body);
    if (!list) return tl::make_unexpected(list.error());
    for (const json& item : array_member(*list, {"items"})) function(item);
    options.continue_token = kube::metadata_string(*list, "continue");
  } while (!options.continue_token.empty());
  return {};
}

// The first of several errors.
void keep_first(Result<void>& first, Result<void> next) {
  if (first && !next) first = std::move(next);
}

}  // namespace

ReportWriter::Key ReportWriter::key_of(const json& report) {
  return {kube::string_or_empty(report, "kind"), kube::metadata_string(report, "namespace"),
          kube::metadata_string(report, "name")};
}

Result<void> ReportWriter::learn(audit::FirstSeen& first_seen) {
  for (const auto& [kind, plural] : kKinds) {
    auto read = for_each(send_, resource_of(kind, ""), {.limit = kWholeReports, .selection = ours()},
                         [&](const json& report) { first_seen.learn(report); });
    if (!read) return read;
  }
  return {};
}

Result<ReportWriter::AllStanding> ReportWriter::read_standing() {
  AllStanding standing;
  for (const auto& [kind, plural] : kKinds) {
    kube::ListOptions options{.selection = ours()};
    options.selection.metadata_only = true;
    auto read = for_each(send_, resource_of(kind, ""), options, [&, kind = kind](const json& object) {
      standing[{kind, kube::metadata_string(object, "namespace"), kube::metadata_string(object, "name")}] = {
          string_member(object, {"metadata", "annotations", audit::kContentAnnotation}),
          kube::metadata_string(object, "uid"), generation_of(object)};
    });
    if (!read) return tl::make_unexpected(read.error());
  }
  return standing;
}

bool ReportWriter::stands(const Key& key, const json& report, const AllStanding& standing) const {
  const auto found = standing.find(key);
  if (found == standing.end()) return false;
  const auto known = generations_.find(key);
  const bool was_changed = known != generations_.end() && known->second != found->second.generation;
  return !was_changed &&
         found->second.content == string_member(report, {"metadata", "annotations", audit::kContentAnnotation});
}

Result<void> ReportWriter::apply(const Key& key, const json& report) {
  const auto reply = send_(kube::apply_request(resource_of(key.kind, key.ns), report,
                                               {.field_manager = mesh::kManagedByValue, .force = true}));
  if (!reply) return tl::make_unexpected(reply.error());
  if (!reply->ok()) return fail(key.kind + " " + key.ns + "/" + key.name, kube::describe_refusal(*reply));
  log::debug("report written", {{"kind", key.kind}, {"namespace", key.ns}, {"name", key.name}});
  if (const auto stored = kube::parse_json(key.kind, reply->body)) generations_[key] = generation_of(*stored);
  return {};
}

Result<void> ReportWriter::remove(const Key& key, const Standing& standing) {
  const auto reply = send_(kube::delete_request(resource_of(key.kind, key.ns), key.name, {.uid = standing.uid}));
  if (!reply) return tl::make_unexpected(reply.error());
  if (!reply->ok() && reply->status != kube::kNotFound) {
    return fail(key.kind + " " + key.ns + "/" + key.name, kube::describe_refusal(*reply));
  }
  log::debug("report deleted", {{"kind", key.kind}, {"namespace", key.ns}, {"name", key.name}});
  generations_.erase(key);
  return {};
}

bool ReportWriter::wait_for_turn(const std::stop_token& stop) {
  const kube::Moment now = std::chrono::steady_clock::now();
  if (const kube::Moment turn = pace_.next(now); turn > now) {
    net::pause(stop, std::chrono::ceil<std::chrono::milliseconds>(turn - now));
  }
  pace_.take();
  return !stop.stop_requested() && may_write_();
}

Result<void> ReportWriter::write(const std::stop_token& stop, const std::vector<json>& wanted) {
  auto standing = read_standing();
  if (!standing) return tl::make_unexpected(standing.error());
  Result<void> first;
  for (const json& report : wanted) {
    const Key key = key_of(report);
    const bool is_there = stands(key, report, *standing);
    const auto found = standing->find(key);
    if (is_there) generations_[key] = found->second.generation;
    if (found != standing->end()) standing->erase(found);
    if (is_there) continue;
    if (!wait_for_turn(stop)) return first;
    keep_first(first, apply(key, report));
  }
  for (const auto& [key, stale] : *standing) {
    if (!wait_for_turn(stop)) return first;
    keep_first(first, remove(key, stale));
  }
  return first;
}

}  // namespace meshtrace::auditing
