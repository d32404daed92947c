// One kind's objects from an API server, page by page, whatever happens meanwhile: a list whose token expires begins
// anew, a server that is busy is waited for, one that is gone is asked no more. Safe to call from several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cluster.h"
#include "core/audit/kinds.h"
#include "core/audit/object.h"
#include "core/base/result.h"

namespace meshtrace::cli {

// What the threads that read a cluster share.
struct ClusterReading {
  const Cluster& cluster;
  // By group; nothing where the API server did not say: then every version that we know is tried.
  std::optional<std::map<std::string, std::set<std::string>, std::less<>>> served = std::nullopt;
  std::vector<std::string> fallback_namespaces = {};  // to list one by one where all at once is forbidden
  std::atomic<bool> is_lost = false;                  // the API server answers no more
  std::atomic<std::size_t> objects = 0;               // read until now
  std::atomic<std::size_t> bytes = 0;                 // that they take
};

// What all objects together may take in memory: those of some 150,000 pods.
inline constexpr std::size_t kMaxClusterBytes = 1u << 30;

struct ListedKind {
  std::vector<audit::ObjectPointer> objects;
  std::size_t seen = 0;
  std::size_t bytes = 0;         // that the objects take
  bool is_whole = false;         // false: not served, or with a problem
  std::optional<Error> problem;  // that makes the result partial
};

// Both: whole where both are, with the first one's problem.
void append(ListedKind& all, ListedKind part);

// Of all namespaces, or where that is forbidden of the fallback ones.
ListedKind list_kind(ClusterReading& reading, audit::Kind kind);
// Of one namespace.
ListedKind list_kind_in(ClusterReading& reading, audit::Kind kind, const std::string& ns);

// Tries again what is worth it: a connection that broke, once; 429, 503 and 504 after the time that the server asks
// for.
Result<kube::Reply> send_patiently(ClusterReading& reading, const kube::Request& request);

// Appends the object as the audit keeps it, unless it is redundant or has another shape.
void keep_object(ClusterReading& reading, const audit::KindName& name, const std::string& version,
                 nlohmann::json object, ListedKind& listed);

}  // namespace meshtrace::cli
