#include "cli/audit_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

#include "cli/audit_trim.h"
#include "kube/json.h"

namespace meshtrace::cli {
namespace {

using nlohmann::json;

constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;
constexpr int kTimeout = 504;                     // also of a cache that has not yet seen the version that is asked for
constexpr int kMaxTries = 5;                      // of one request
constexpr std::chrono::seconds kMaxPatience{10};  // before one try
constexpr int kMaxRestarts = 2;                   // of a list whose continue token expired (410 Gone)

kube::Resource resource_of(const audit::KindName& name, const std::string& version, const std::string& ns) {
  return {std::string(name.group), version, std::string(name.plural), ns};
}

// The versions to try, the newest first.
std::vector<std::string> versions_of(const ClusterReading& reading, const audit::KindName& name) {
  std::vector<std::string> versions(name.versions.begin(), name.versions.end());
  if (name.group.empty() || !reading.served) return versions;
  const auto served = reading.served->find(name.group);
  if (served == reading.served->end()) return {};
  std::erase_if(versions, [&](const std::string& version) { return !served->second.contains(version); });
  return versions;
}

class Lister {
 public:
  Lister(ClusterReading& reading, const audit::KindName& name, std::string version, std::string ns)
      : reading_(reading), name_(name), version_(std::move(version)), ns_(std::move(ns)) {}

  // The status of the reply that ended the list: 200, or that of a refusal of the first page.
  int run(ListedKind& listed) {
    kube::ListOptions options;
    for (int restarts = 0;;) {
      const auto reply = send_patiently(reading_, kube::list_request(resource_of(name_, version_, ns_), options));
      if (!reply) return give_up(listed, reply.error().message());
      if (reply->status == kube::kGone && !options.continue_token.empty() && restarts++ < kMaxRestarts) {
        reading_.bytes -= std::exchange(listed, {}).bytes;
        options.continue_token.clear();
        continue;
      }
      if (!reply->ok()) {
        give_up(listed, kube::describe_refusal(*reply));
        return options.continue_token.empty() ? reply->status : 0;
      }
      auto next = take_page(reply->body, listed);
      if (!next) return give_up(listed, next.error().message());
      if (next->empty()) {
        listed.is_whole = true;
        return reply->status;
      }
      options.continue_token = *std::move(next);
    }
  }

 private:
  int give_up(ListedKind& listed, const std::string& why) const {
    const std::string where = ns_.empty() ? "" : " in the namespace " + ns_;
    const std::string what = listed.seen == 0 ? "could not be read" : fmt::format("were read up to {}", listed.seen);
    listed.problem = Error{resource_of(name_, version_, ns_).name() + where, what + ": " + why};
    return 0;
  }

  // The token of the next page.
  Result<std::string> take_page(const std::string& body, ListedKind& listed) {
    auto page = kube::parse_json("the API server's answer", body);
    if (!page) return tl::make_unexpected(std::move(page.error()));
    const auto items = page->is_object() ? page->find("items") : page->end();
    if (items == page->end() || !(items->is_array() || items->is_null())) {
      return fail("", "the API server's answer is no list");
    }
    for (json& item : *items) keep_object(reading_, name_, version_, std::move(item), listed);
    if (reading_.bytes > kMaxClusterBytes) {
      return fail("", fmt::format("all objects together take more than {} MiB; -n or --include ask for less",
                                  kMaxClusterBytes >> 20));
    }
    return kube::metadata_string(*page, "continue");
  }

  ClusterReading& reading_;
  const audit::KindName& name_;
  std::string version_;
  std::string ns_;
};

// What a namespace's user may see. The kind stays unknown as a whole.
ListedKind list_where_allowed(ClusterReading& reading, audit::Kind kind, ListedKind refused) {
  for (const std::string& ns : reading.fallback_namespaces) append(refused, list_kind_in(reading, kind, ns));
  return refused;
}

}  // namespace

void append(ListedKind& all, ListedKind part) {
  std::move(part.objects.begin(), part.objects.end(), std::back_inserter(all.objects));
  all.seen += part.seen;
  all.bytes += part.bytes;
  all.is_whole = all.is_whole && part.is_whole;
  if (!all.problem) all.problem = std::move(part.problem);
}

Result<kube::Reply> send_patiently(ClusterReading& reading, const kube::Request& request) {
  for (int tries = 1;; ++tries) {
    if (reading.is_lost) return fail("", "the API server has gone away");
    auto reply = reading.cluster.send(request);
    if (!reply && tries == 1) continue;
    if (!reply) {
      reading.is_lost = true;
      return reply;
    }
    const bool is_busy =
        reply->status == kTooManyRequests || reply->status == kUnavailable || reply->status == kTimeout;
    if (!is_busy || tries == kMaxTries) return reply;
    std::this_thread::sleep_for(std::min(reply->retry_after.value_or(std::chrono::seconds(1)), kMaxPatience));
  }
}

void keep_object(ClusterReading& reading, const audit::KindName& name, const std::string& version, json object,
                 ListedKind& listed) {
  ++listed.seen;
  ++reading.objects;
  if (!object.is_object() || is_redundant(name.kind, object)) return;
  trim_for_audit(name.kind, object);
  // Objects in a list may come without a kind of their own.
  object["apiVersion"] = name.group.empty() ? version : fmt::format("{}/{}", name.group, version);
  object["kind"] = name.name;
  const std::size_t bytes = weight(object);
  listed.bytes += bytes;
  reading.bytes += bytes;
  if (auto kept = audit::make_object(std::move(object), {}, "")) listed.objects.push_back(std::move(kept));
}

ListedKind list_kind_in(ClusterReading& reading, audit::Kind kind, const std::string& ns) {
  const audit::KindName& name = audit::name_of(kind);
  for (const std::string& version : versions_of(reading, name)) {
    ListedKind listed;
    if (Lister(reading, name, version, ns).run(listed) != kube::kNotFound) return listed;
  }
  return {};  // not served: no problem
}

ListedKind list_kind(ClusterReading& reading, audit::Kind kind) {
  const audit::KindName& name = audit::name_of(kind);
  for (const std::string& version : versions_of(reading, name)) {
    ListedKind listed;
    const int status = Lister(reading, name, version, "").run(listed);
    if (status == kube::kForbidden && name.namespaced) return list_where_allowed(reading, kind, std::move(listed));
    if (status != kube::kNotFound) return listed;
  }
  return {};
}

}  // namespace meshtrace::cli
