// Did it take? What the istiods of a mesh say about their proxies: which versions run, and what a proxy refused. Values
// and decisions; controller/istiod/look.h asks.
//
// The way to use it: look() before a write, and again a few times after it; refusal_since() then says whether a refusal
// is there that was not there before. What others broke before us is never ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/mesh/version.h"

namespace meshtrace::controller {

// A configuration that a proxy did not accept; it goes on with the one before.
struct Refusal {
  std::string proxy;    // "app-1.default"; empty: not known
  std::string type;     // lds, cds, rds, ecds, …, as in istiod's metrics
  std::string message;  // Envoy's, a line for each resource; empty: not known
  friend auto operator<=>(const Refusal&, const Refusal&) = default;
};

// Of a refusal's message, kept to be compared with a later one.
inline constexpr std::size_t kMaxRefusalBytes = 4096;

struct MeshHealth {
  std::set<std::string> istiods;        // the pods whose metrics were read
  std::optional<mesh::Version> istiod;  // the oldest
  std::optional<mesh::Version> proxy;   // the oldest that is connected; absent: none is, or not known

  // Every istiod's debug endpoint was readable. Without it the next three are empty, and the metrics have to do.
  bool details = false;
  int proxies = 0;                // connected
  int waiting = 0;                // of these, that have not yet answered what was sent to them last
  std::vector<Refusal> refusals;  // what proxies refused last and have not accepted since

  // Of the metrics: how many were refused since that istiod started, by (istiod, type) and by (proxy, type).
  std::map<std::pair<std::string, std::string>, std::uint64_t> rejects;
  std::map<std::pair<std::string, std::string>, std::uint64_t> rejects_of_proxy;

  std::vector<std::string> notes;  // what could not be read, and what would help: for the log and for messages
};

// A refusal that is there now and was not before. With details: a line of a message that is new for that proxy and
// type; the lines that were there before are left out. From metrics alone: a proxy that had never been refused that
// type, or, for types whose proxies are not named, a type of which that istiod had counted none. A proxy that was
// refused something before is not told apart there, and gives nothing: better a refusal unseen than a right policy
// taken back.
std::optional<Refusal> refusal_since(const MeshHealth& before, const MeshHealth& after);

// "proxy app-1.default refused lds: …", on one line, for conditions and Events.
std::string describe(const Refusal& refusal);

}  // namespace meshtrace::controller
